-- For each stream its row at the given seq, by whose hash the reader sees whether what it knows is still live, and what
-- follows, the records of which are read. One row of arrays, as under follow/.
select array_agg(pos), array_agg(stream), array_agg(seq), array_agg(epoch), array_agg(term),
       array_agg(holder), array_agg(type), array_agg(unit), array_agg(actor),
       array_agg(date_part('epoch', time)), array_agg(date_part('epoch', recorded)), array_agg(hash), array_agg(value)
from (
    select l.pos, l.stream, l.seq, l.epoch, l.term, l.holder, l.type, l.unit, l.actor, l.time, l.recorded, l.hash,
           case when l.seq > k.seq then l.value end as value
    from unnest($1::text[], $2::integer[]) as k (stream, seq)
    join log l on l.stream = k.stream and l.live and l.seq >= k.seq
    order by l.stream, l.seq
) batch
