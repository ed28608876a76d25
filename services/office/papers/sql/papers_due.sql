-- Taken by this process for so many seconds: no other one looks for them meanwhile.
update paper p set due = now() + $2 * interval '1 second', tries = p.tries + 1
from (
    select stream, digest from paper where due <= now() order by due limit $1 for update skip locked
) d
where p.stream = d.stream and p.digest = d.digest
returning p.stream, p.digest, p.tries
