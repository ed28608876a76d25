-- Which items the open cases of a unit are of: one look into the index an item, however many cases there are.
with recursive found as (
    (select item from cases where holder = $1 and not closed order by item limit 1)
    union all
    select (select c.item from cases c where c.holder = $1 and not c.closed and c.item > f.item order by c.item limit 1)
    from found f where f.item is not null
)
select item from found where item is not null
