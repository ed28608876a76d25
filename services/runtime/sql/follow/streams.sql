-- Whole streams, to be folded afresh.
select pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, hash,
       case when type = any ($2::text[]) then value end as value
from log
where stream = any ($1::text[]) and live
order by stream, seq
