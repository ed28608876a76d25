-- Open orders of a unit by the day on which they end, for each number of working days the first ones by the index; whoever
-- has the calendar merges them. Given after `after` and up to `upto`, beyond the last one of the page before ($4, $5).
-- $6 gave them, $7 is to answer: one of them is the unit, the other one may be null.
select found.*
from unnest($1::integer[], $2::date[], $3::date[], $4::date[]) as asked (days, after, upto, beyond)
cross join lateral (
    select s.stream, s.seq, s.epoch, s.number, s.orderer, s.ordered, s.reason, s.days, s.given_on, s.given_at,
           s.answered_at, s.request
    from supervision s
    where s.answered_at is null and s.days = asked.days
      and ($6::text is null or s.orderer = $6) and ($7::text is null or s.ordered = $7)
      and s.given_on > asked.after and s.given_on <= asked.upto
      and (s.given_on > asked.beyond or (s.given_on, s.stream) > ($5::date, $8::text))
    order by s.given_on, s.stream
    limit $9
) found
