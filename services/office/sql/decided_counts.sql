-- Decided cases of each body before the day that stands beside it and from that day on; without a day all are before.
-- One range of keys a body and a few counts a day, however many cases there were.
select b.body,
       coalesce(split_part(t.key, '/', 2) >= b.day, false) as after,
       split_part(t.key, '/', 3) = 'grant' as under_grant,
       split_part(t.key, '/', 4) = 'spot' as on_the_spot,
       split_part(t.key, '/', 5) = 'late' as overdue,
       sum(t.n)::bigint as n
from unnest($1::text[], $2::text[]) as b (body, day)
join tally t on t.view = 'decided' and t.name = 'body' and t.key > b.body || '/' and t.key < b.body || '0'
where t.n <> 0
group by 1, 2, 3, 4, 5
