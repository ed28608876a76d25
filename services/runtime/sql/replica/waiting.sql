-- Streams with parked events whose live head came after position $1: the arrival of a copy looks at them itself, an own
-- append does not.
select distinct p.stream
from parked p
where (select max(l.pos) from log l where l.stream = p.stream and l.live) > $1
