-- Events of these cases that may have something sealed, those that wait included; the first few of each are enough.
select stream, value
from (
    select stream, value, row_number() over (partition by stream order by place, seq) as at
    from (
        select stream, seq, value, type, 1 as place from log where stream = any ($1::text[]) and live
        union all
        select stream, seq, value, type, 2 from staged where stream = any ($1::text[])
        union all
        select stream, seq, value, type, 3 from parked where stream = any ($1::text[])
    ) here
    where type = any ($2::text[])
) numbered
where at <= 4
order by stream, at
