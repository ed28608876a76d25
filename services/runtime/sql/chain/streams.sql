-- A loose scan: the next stream after the last one, wherever something of it lies, at most $2 times. One probe of each
-- index a step, however much is in the tables.
with recursive walk as (
    select $1::text collate "C" as stream, 0 as n
    union all
    select
        least(
            (select l.stream from log l where l.live and l.stream > walk.stream order by l.stream limit 1),
            (select l.stream from log l where not l.live and l.stream > walk.stream order by l.stream limit 1),
            (select p.stream from parked p where p.stream > walk.stream order by p.stream limit 1),
            (select g.stream from staged g where g.stream > walk.stream order by g.stream limit 1),
            (select q.stream from quarantined q where q.stream > walk.stream order by q.stream limit 1),
            (select f.stream from fence f where f.stream > walk.stream order by f.stream limit 1)
        ),
        walk.n + 1
    from walk
    where walk.stream is not null and walk.n < $2
)
select stream from walk where n > 0 and stream is not null order by n
