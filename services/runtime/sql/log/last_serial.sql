-- The last serial under a prefix (numbers sort as text only while they are equally long), and whether this life of the
-- database has given one out: after a restore the first one jumps, because some may have been lost with it.
select coalesce(max(split_part(l.stream, '-', 3)::bigint), 0) as last,
       coalesce(bool_or(l.kept > i.began), false) or max(i.restores) = 0 as given
from incarnation i
left join log l on l.stream > $1 || '-' and l.stream < $1 || '.' and l.live and l.seq = 1
