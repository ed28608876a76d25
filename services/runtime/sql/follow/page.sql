-- A page of a rebuild: in the order of streams, so that each is folded once and memory stays bounded.
select array_agg(pos), array_agg(stream) as stream, array_agg(seq) as seq, array_agg(epoch), array_agg(term),
       array_agg(holder), array_agg(type), array_agg(unit), array_agg(actor),
       array_agg(date_part('epoch', time)), array_agg(date_part('epoch', recorded)), array_agg(hash), array_agg(value)
from (
    select pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, hash,
           case when type = any ($4::text[]) then value end as value
    from log
    where live and (stream, seq) > ($1, $2) and starts_with(type, $3)
    order by stream, seq
    limit $5
) page
