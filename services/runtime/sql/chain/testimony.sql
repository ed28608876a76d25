-- Every copy that is here of each stream in which one of the units $1 wrote, wherever it lies. Of what own units ($2)
-- wrote only what is up to the marker ($3): what is not said yet may be lost by a restore of this database too.
with wrote as (
    select stream from log where unit = any ($1::text[])
    union
    select stream from parked where unit = any ($1::text[])
    union
    select stream from staged where unit = any ($1::text[])
    union
    select stream from quarantined where unit = any ($1::text[])
), kept as (
    select stream, epoch, seq, value from log where unit <> all ($2::text[]) or pos <= $3
    union all
    select stream, epoch, seq, value from parked where unit <> all ($2::text[])
    union all
    select stream, epoch, seq, value from staged where unit <> all ($2::text[])
    union all
    select stream, epoch, seq, value from quarantined where unit <> all ($2::text[])
)
select kept.value
from kept
join wrote using (stream)
order by kept.stream, kept.epoch, kept.seq
