-- Decided cases of each body before the day that stands beside it and from that day on; without a day all are before.
-- Body by body, so that each is one range of keys (a join reads the counts of all bodies): a few counts a day, however
-- many cases there were.
select b.body, c.after, c.under_grant, c.on_the_spot, c.overdue, c.n
from unnest($1::text[], $2::text[]) as b (body, day)
cross join lateral (
    select coalesce(split_part(t.key, '/', 2) >= b.day, false) as after,
           split_part(t.key, '/', 3) = 'grant' as under_grant,
           split_part(t.key, '/', 4) = 'spot' as on_the_spot,
           split_part(t.key, '/', 5) = 'late' as overdue,
           sum(t.n)::bigint as n
    from tally t
    where t.view = 'decided' and t.name = 'body' and t.key > b.body || '/' and t.key < b.body || '0' and t.n <> 0
    group by 1, 2, 3, 4
) as c
