-- Cases on which a supervision order waits for the unit's answer, whoever holds them by now.
select stream, item, item_version, channel, imported, receiver, phase, outcome, closed, holder, custody, sender, arrived,
       person, clock, steps, path, received_at, closed_at, last_at, last_type
from cases
where stream in (select s.number from supervision s where s.ordered = $1 and s.answered_at is null)
  and (received_at, stream) > ($2::timestamptz, $3::text)
order by received_at, stream
limit $4
