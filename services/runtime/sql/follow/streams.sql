-- Whole streams, to be folded afresh.
select array_agg(pos), array_agg(stream), array_agg(seq), array_agg(epoch), array_agg(term),
       array_agg(holder), array_agg(type), array_agg(unit), array_agg(actor),
       array_agg(date_part('epoch', time)), array_agg(date_part('epoch', recorded)), array_agg(hash), array_agg(value)
from (
    select pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, hash,
           case when type = any ($2::text[]) then value end as value
    from log
    where stream = any ($1::text[]) and live
    order by stream, seq
) whole
