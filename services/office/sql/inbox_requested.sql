select w.stream as request, w.kind as request_kind, w.asker, w.at as asked_at, l.type as request_type, l.value,
       c.stream, c.item, c.item_version, c.channel, c.imported, c.receiver, c.phase, c.outcome, c.closed, c.holder,
       c.custody, c.sender, c.arrived, c.person, c.clock, c.steps, c.path, c.received_at, c.closed_at, c.last_at,
       c.last_type
from waiting w
join cases c on c.stream = w.about
join log l on l.stream = w.stream and l.live and l.seq = 1
where w.waits and w.holder = $1 and (w.at, w.stream) > ($2::timestamptz, $3::text)
order by w.at, w.stream
limit $4
