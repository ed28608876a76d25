-- One string of all records and their lengths: an array of them costs the server 2.5 times as much, rows more still.
-- Rows without a topic are copies, passed over.
select
    max(pos) as upto,
    max(pos) filter (where topic is not null) as highest,
    min(kept) filter (where topic is not null) as oldest,
    string_agg(stream, ' ') filter (where topic is not null) as streams,
    string_agg(value, '') filter (where topic is not null) as records,
    array_agg(length(value)) filter (where topic is not null) as lengths,
    min(topic) as first_topic,
    max(topic) as last_topic,
    array_agg(stream) filter (where topic is not null and type = 'sanji.case.CaseReceived.v1' and unit = any($3))
        as receipts,
    array_agg(pos) filter (where topic is not null and type = 'sanji.case.CustodyAssumed.v1' and unit = any($3))
        as assumed
from (
    select pos, stream, value, topic, type, unit, kept
    from log
    where pos > $1
    order by pos
    limit $2
) page
