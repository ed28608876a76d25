-- Numbers sort as text only while they are equally long.
select max(split_part(stream, '-', 3)::bigint)
from log
where stream > $1 || '-' and stream < $1 || '.' and live and seq = 1
