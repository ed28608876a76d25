-- Orders on a case that this unit gave or got; nobody else's.
select stream, seq, epoch, number, orderer, ordered, reason, days, given_on, given_at, answered_at, request
from supervision
where number = $1 and (orderer = $2 or ordered = $2)
order by given_at, stream
