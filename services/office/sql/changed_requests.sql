-- Of the next $3 rows: how far they go, the requests among them, and the cases about which somebody asked.
with batch as (
    select pos, stream, type from log where pos > $1 and pos <= $2 and live order by pos limit $3
)
select case when count(*) < $3 then $2 else max(pos) end as reached,
       array_agg(distinct stream) filter (where type like 'sanji.request.%') as requests,
       (select array_agg(distinct b.stream) from batch b where exists (select from waiting w where w.about = b.stream))
           as cases
from batch
