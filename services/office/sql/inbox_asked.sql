select stream, item, item_version, channel, imported, receiver, phase, outcome, closed, holder, custody, sender, arrived,
       person, clock, steps, path, received_at, closed_at, last_at, last_type
from cases
where asked <> '{}' and exists (select from unnest(asked) a where starts_with(a, $1 || '/'))
  and (received_at, stream) > ($2::timestamptz, $3::text)
order by received_at, stream
limit $4
