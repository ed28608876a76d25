select l.seq, l.epoch, l.term, l.unit, l.holder, l.hash, l.prev,
       coalesce((select f.epoch from fence f where f.stream = $1), 0) as fenced
from log l
where l.stream = $1 and l.live
order by l.seq desc
limit 1
