-- A row that was computed anew meanwhile, after a later event, stands.
update deadline d
set wake = g.wake
from unnest($1::text[], $2::integer[], $3::timestamptz[]) as g (stream, seq, wake)
where d.stream = g.stream and d.seq <= g.seq
