-- Past position $2, where the checkpoint of follower $1 was when it was last seen: where it is, the end of the log, how far
-- the next $3 rows go, the requests among them, and the cases about which somebody asked.
with batch as (
    select pos, stream, type from log where pos > $2 and live order by pos limit $3
)
select c.pos as stored, c.building, h.pos as upto, b.reached, b.requests,
       (select array_agg(distinct b.stream) from batch b where exists (select from waiting w where w.about = b.stream))
           as cases
from log_head h
left join checkpoint c on c.follower = $1
cross join lateral (
    select case when count(*) < $3 then h.pos else max(pos) end as reached,
           array_agg(distinct stream) filter (where type like 'sanji.request.%') as requests
    from batch
) b
