-- Live rows of one kind of stream; the record only where the follower needs the event itself. One row of arrays: a
-- client takes them in at half the cost of so many rows.
select array_agg(pos), array_agg(stream), array_agg(seq), array_agg(epoch), array_agg(term),
       array_agg(holder), array_agg(type), array_agg(unit), array_agg(actor),
       array_agg(date_part('epoch', time)), array_agg(date_part('epoch', recorded)), array_agg(hash), array_agg(value)
from (
    select pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, hash,
           case when type = any ($4::text[]) then value end as value
    from log
    where pos > $1 and pos <= $2 and live and starts_with(type, $3)
    order by pos
    limit $5
) batch
