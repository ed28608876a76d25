-- As changed_cases up to position $2, for a follower that is being built until position $4: of each case only the row that
-- is its last one by then, so that each is looked at once, however many of its events lie between those of others.
with batch as (
    select l.pos, l.stream from log l
    where l.pos > $1 and l.pos <= $2 and l.live and strpos(l.stream, '/') = 0
      and not exists (select from log n where n.stream = l.stream and n.live and n.seq = l.seq + 1 and n.pos <= $4)
    order by l.pos
    limit $3
)
select array_agg(stream) as streams, case when count(*) < $3 then $2 else max(pos) end as reached
from batch
