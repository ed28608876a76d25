-- Which of these streams there are: one probe each.
select s.n::integer as n, l.unit, l.time, l.pos
from unnest($1::text[]) with ordinality as s (stream, n)
cross join lateral (
    select unit, time, pos from log where stream = s.stream and live and seq = 1
) l
