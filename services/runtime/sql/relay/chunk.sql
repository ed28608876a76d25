-- Arrays: a record object for each row costs more than sending it. Rows without a topic are copies, passed over.
select
    max(pos) as upto,
    max(pos) filter (where topic is not null) as highest,
    min(kept) filter (where topic is not null) as oldest,
    array_agg(stream) filter (where topic is not null) as streams,
    array_agg(value) filter (where topic is not null) as records,
    min(topic) as topic,
    case when min(topic) <> max(topic) then array_agg(topic) filter (where topic is not null) end as topics,
    array_agg(stream) filter (where topic is not null and type = 'sanji.case.CaseReceived.v1' and unit = any($3))
        as receipts,
    array_agg(hash) filter (where topic is not null and type = 'sanji.case.CustodyAssumed.v1' and unit = any($3))
        as assumed
from (
    select pos, stream, value, topic, type, unit, kept, hash
    from log
    where pos > $1
    order by pos
    limit $2
) page
