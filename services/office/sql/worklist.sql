select stream, item, item_version, channel, imported, receiver, phase, outcome, closed, holder, custody, sender, arrived,
       person, clock, steps, path, received_at, closed_at, last_at, last_type
from cases
where holder = $1 and closed = $2 and (received_at, stream) > ($3::timestamptz, $4::text)
  and ($5::text is null or phase = $5) and ($6::text is null or item = $6) and ($7::text is null or person = $7)
  and custody = 'held'
order by received_at, stream
limit $8
