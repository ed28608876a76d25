-- The chain below an assumed custody, whoever wrote it; the event itself is next in the outbox.
select h.hash as below, a.value
from log h
join log a on a.stream = h.stream and a.live and a.seq < h.seq
where h.pos = any($1::bigint[]) and h.live
order by h.pos, a.seq
