select r.pos, r.stream, r.tries, r.dead, r.problem, l.type, l.hash
from webhook_refused r
join log l on l.pos = r.pos
where r.webhook = $1 and r.dead is not null and r.pos > $2
order by r.pos
limit $3
