-- How much lies on each list, counted up to $3: beyond it nobody counts, and the page says "more".
select
    (select count(*) from (select from deadline d join cases c using (stream)
                           where d.holder = $1 and d.due is not null and c.custody = 'held' and not c.closed limit $3) x) as due,
    (select count(*) from (select from cases c
                           where c.holder = $1 and not c.closed and c.custody = 'held' and c.person = $2 limit $3) x) as mine,
    (select count(*) from (select from cases c
                           where c.holder = $1 and not c.closed and c.custody = 'held' and c.person is null limit $3) x) as free,
    (select count(*) from (select from cases c
                           where c.holder = $1 and not c.closed and c.custody = 'held' limit $3) x) as all,
    (select count(*) from (select from cases c
                           where c.holder = $1 and not c.closed and c.custody = 'offered' limit $3) x) as offered,
    (select count(*) from (select from cases c
                           where c.sender = $1 and (c.custody = 'offered' or not c.arrived) limit $3) x) as sent,
    (select count(*) from (select from cases c where c.asked <> '{}'
                           and exists (select from unnest(c.asked) a where starts_with(a, $1 || '/')) limit $3) x) as asked,
    (select count(*) from (select from supervision s
                           where s.ordered = $1 and s.answered_at is null limit $3) x) as ordered,
    (select count(*) from (select from waiting w where w.waits and w.holder = $1 limit $3) x) as requested
