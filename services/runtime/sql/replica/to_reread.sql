-- Cases to be read again: those noted, and those of which something has waited for some seconds.
select wanted.stream
from (
    select stream from reread
    union
    select stream from parked where kept < now() - make_interval(secs => $1)
) wanted
where not (select i.reading_back from incarnation i)
