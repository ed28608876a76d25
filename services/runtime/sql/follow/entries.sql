-- Live rows of one kind of stream; the record only where the follower needs the event itself.
select pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, hash,
       case when type = any ($4::text[]) then value end as value
from log
where pos > $1 and pos <= $2 and live and starts_with(type, $3)
order by pos
limit $5
