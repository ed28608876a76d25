-- The next rows for one subscriber among so many positions, each with whether something of its case waits already; and
-- the position up to which nothing for it is left out. One row without a position where there is none.
select least(h.pos, $2::bigint + $6) as upto, batch.*
from log_head h
left join lateral (
    select l.pos, l.stream, l.hash, l.value,
           exists (
               select from webhook_refused r where r.webhook = $1 and r.stream = l.stream and r.dead is null
           ) as held
    from log l
    where l.pos > $2 and l.pos <= $2 + $6 and l.live
      and ($3::text[] is null or l.type = any ($3)) and ($4::text[] is null or l.unit = any ($4) or l.holder = any ($4))
    order by l.pos
    limit $5
) batch on true
order by batch.pos
