-- Answered orders of a unit, the last answer first; $1 gave them, $2 was to answer, one of them may be null.
select stream, seq, epoch, number, orderer, ordered, reason, days, given_on, given_at, answered_at, request
from supervision
where answered_at is not null and ($1::text is null or orderer = $1) and ($2::text is null or ordered = $2)
  and ($3::timestamptz is null or (answered_at, stream) < ($3, $4::text))
order by answered_at desc, stream desc
limit $5
