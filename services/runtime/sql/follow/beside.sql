-- Live rows of streams beside cases: reference data, requests, anchors.
select pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, hash, value
from log
where pos > $1 and pos <= $2 and live and strpos(stream, '/') > 0
order by pos
limit $3
