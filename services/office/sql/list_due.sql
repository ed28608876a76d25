-- What the unit holds, the case whose limit ends first at the top. History from a file is seen at its own instant.
select c.stream, c.item, c.item_version, c.phase, c.outcome, c.holder, c.custody, c.sender, c.arrived, c.person, c.clock,
       c.received_at, c.closed_at, c.last_at, c.last_type, d.clock as limit_clock, d.due, d.amber, d.paused, d.frozen
from deadline d
join cases c using (stream)
where d.holder = $1 and d.due is not null and (d.due, d.stream) > ($2::timestamptz, $3::text)
  and c.custody = 'held' and not c.closed
  and ($5::text is null or $5 = 'red' and d.due <= coalesce(d.frozen, $6)
       or $5 = 'amber' and d.amber <= coalesce(d.frozen, $6) and d.due > coalesce(d.frozen, $6))
order by d.due, d.stream
limit $4
