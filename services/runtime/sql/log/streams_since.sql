-- For each stream its row at the given seq, by which the reader sees whether what it knows is still live, and what follows.
select l.stream, l.pos, l.value, l.hash
from unnest($1::text[], $2::integer[]) as k (stream, seq)
join log l on l.stream = k.stream and l.live and l.seq >= k.seq
order by l.stream, l.seq
