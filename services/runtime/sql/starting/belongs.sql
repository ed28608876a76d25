-- Whose database it is: the service that started on it first.
with first as (
    insert into service (name) values ($1) on conflict do nothing returning name
)
select name from first union all select name from service limit 1
