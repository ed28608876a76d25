-- Live rows of streams beside cases: reference data, requests, anchors.
select array_agg(pos), array_agg(stream), array_agg(seq), array_agg(epoch), array_agg(term),
       array_agg(holder), array_agg(type), array_agg(unit), array_agg(actor),
       array_agg(date_part('epoch', time)), array_agg(date_part('epoch', recorded)), array_agg(hash), array_agg(value)
from (
    select pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, hash, value
    from log
    where pos > $1 and pos <= $2 and live and strpos(stream, '/') > 0
    order by pos
    limit $3
) batch
