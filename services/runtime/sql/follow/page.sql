-- A page of a rebuild: in the order of streams, so that each is folded once and memory stays bounded.
select pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, hash,
       case when type = any ($4::text[]) then value end as value
from log
where live and (stream, seq) > ($1, $2) and starts_with(type, $3)
order by stream, seq
limit $5
