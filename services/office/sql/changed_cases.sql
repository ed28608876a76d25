-- The cases of the next $3 rows, and how far these go.
with batch as (
    select pos, stream from log where pos > $1 and pos <= $2 and live order by pos limit $3
)
select array_agg(distinct stream) filter (where strpos(stream, '/') = 0) as streams,
       case when count(*) < $3 then $2 else max(pos) end as reached
from batch
