-- A loose scan of the live index: the next stream after the last one, at most $2 times, and the head of each.
with recursive walk as (
    (select l.stream, 1 as n from log l where l.live and l.stream > $1 order by l.stream limit 1)
    union all
    select following.stream, walk.n + 1
    from walk,
    lateral (
        select l.stream from log l where l.live and l.stream > walk.stream order by l.stream limit 1
    ) following
    where walk.n < $2
)
select walk.stream, head.seq, head.epoch, head.term, head.holder, head.hash
from walk,
lateral (
    select l.seq, l.epoch, l.term, l.holder, l.hash
    from log l
    where l.stream = walk.stream and l.live
    order by l.seq desc
    limit 1
) head
order by walk.stream
