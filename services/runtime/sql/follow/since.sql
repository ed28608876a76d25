-- As entries.sql, from where this follower's checkpoint was when it was last seen: with where it is now, and the end of
-- the log, all as of one instant. The checkpoint counts: where it is another, what was read is of no use.
select c.pos as stored, c.building, h.pos as upto, batch.*
from log_head h
left join checkpoint c on c.follower = $1
cross join lateral (
    select array_agg(pos), array_agg(stream) as streams, array_agg(seq), array_agg(epoch), array_agg(term),
           array_agg(holder), array_agg(type), array_agg(unit), array_agg(actor),
           array_agg(date_part('epoch', time)), array_agg(date_part('epoch', recorded)), array_agg(hash),
           array_agg(value)
    from (
        select pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, hash,
               case when type = any ($4::text[]) then value end as value
        from log
        where pos > $2 and live and starts_with(type, $3)
        order by pos
        limit $5
    ) page
) batch
