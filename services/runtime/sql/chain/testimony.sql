-- Every copy that is here of those of the streams $1 in which one of the units $2 wrote, wherever it lies. Of what own
-- units ($3) wrote only what is up to the marker ($4): what is not said yet may be lost by a restore of this database
-- too. The limits and the offset keep every look-up one of an index by stream, whatever the statistics say.
with wrote as (
    select s.stream
    from unnest($1::text[]) as s (stream)
    where (select 1 from log l where l.stream = s.stream and l.live and l.unit = any ($2::text[]) limit 1) is not null
       or (select 1 from log l where l.stream = s.stream and not l.live and l.unit = any ($2) limit 1) is not null
       or (select 1 from parked p where p.stream = s.stream and p.unit = any ($2) limit 1) is not null
       or (select 1 from staged g where g.stream = s.stream and g.unit = any ($2) limit 1) is not null
       or (select 1 from quarantined q where q.stream = s.stream and q.unit = any ($2) limit 1) is not null
)
select kept.value
from wrote,
lateral (
    select epoch, seq, value from log l
    where l.stream = wrote.stream and l.live and (unit <> all ($3::text[]) or pos <= $4)
    union all
    select epoch, seq, value from log l
    where l.stream = wrote.stream and not l.live and (unit <> all ($3) or pos <= $4)
    union all
    select epoch, seq, value from parked p where p.stream = wrote.stream and unit <> all ($3)
    union all
    select epoch, seq, value from staged g where g.stream = wrote.stream and unit <> all ($3)
    union all
    select epoch, seq, value from quarantined q where q.stream = wrote.stream and unit <> all ($3)
    offset 0
) kept
order by wrote.stream collate "C", kept.epoch, kept.seq
