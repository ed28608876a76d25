-- One page of a list by receipt; which cases are on it says the file of the list.
select c.stream, c.item, c.item_version, c.phase, c.outcome, c.holder, c.custody, c.sender, c.arrived, c.person, c.clock,
       c.received_at, c.closed_at, c.last_at, c.last_type, d.clock as limit_clock, d.due, d.amber, d.paused, d.frozen
from cases c
left join deadline d using (stream)
where {which}
  and (c.received_at, c.stream) > ($2::timestamptz, $3::text)
order by c.received_at, c.stream
limit $4
