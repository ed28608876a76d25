-- What a subscriber refused and is to be sent again now, the first of each case.
select r.pos, r.stream, r.tries, l.hash, l.value
from webhook_refused r
join log l on l.pos = r.pos
where r.webhook = $1 and r.due <= now()
order by r.due
limit $2
