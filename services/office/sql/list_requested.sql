-- Requests that wait for this unit's answer, who has waited longest first; each with its case.
select c.stream, c.item, c.item_version, c.phase, c.outcome, c.holder, c.custody, c.sender, c.arrived, c.person, c.clock,
       w.at as received_at, c.closed_at, c.last_at, c.last_type, d.clock as limit_clock, d.due, d.amber, d.paused, d.frozen,
       w.kind as request_kind, w.asker, w.stream as request
from waiting w
join cases c on c.stream = w.about
left join deadline d on d.stream = c.stream
where w.waits and w.holder = $1 and (w.at, w.stream) > ($2::timestamptz, $3::text)
order by w.at, w.stream
limit $4
