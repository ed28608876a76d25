-- Own try counted in: it is booked first, so tries at the same instant see each other.
select count(*) filter (where stream = $1 and address = $2) as here,
       count(*) filter (where stream = $1) as number,
       count(*) filter (where address = $2) as address
from track_try
where (stream = $1 or address = $2) and at > now() - interval '1 hour'
