-- All that is here of these streams, as links with their places; live ones by number.
select stream, seq, epoch, term, unit, holder, hash, prev, type, case when live then 'live' else 'superseded' end as place
from log where stream = any ($1::text[])
union all
select stream, seq, epoch, term, unit, holder, hash, prev, type, 'parked' from parked where stream = any ($1::text[])
union all
select stream, seq, epoch, term, unit, holder, hash, prev, type, 'quarantined'
from quarantined where stream = any ($1::text[])
union all
select stream, seq, epoch, term, unit, holder, hash, prev, type, 'staged' from staged where stream = any ($1::text[])
order by stream, seq
