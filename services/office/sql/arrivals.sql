-- Requests that came by inbox, with the record they came in, in the order of arrival.
select a.arrival, a.stream, a.hops, l.value, l.hash, l.unit
from request_arrival a
join log l on l.stream = a.stream and l.live and l.seq = 1
order by a.arrival
limit $1
