-- When the first papers that wait for a clerk were handed in. By the checkpoint and not by what this process remembers:
-- the view may be another process's work, or be made anew at this moment. What lies past it is looked at as well, since it
-- stays behind while nothing comes that it has to do with.
select c.pos >= $2 or not exists (
           select from log l
           where l.pos > c.pos and l.pos <= $2 and l.live
             and (l.type like 'sanji.request.%' or exists (select from waiting w where w.about = l.stream))
       ) as looked,
       (select min(at) from waiting where about = $3 and kind = 'supplement' and waits) as handed_in
from checkpoint c
where c.follower = $1
