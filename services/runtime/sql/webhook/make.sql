-- A subscription under an id that its maker's key gives, made once: the row as it is, and whether it is new.
with made as (
    insert into webhook (id, url, types, units, keyed_by, pos)
    select $1, $2, $3::text[], $4::text[], $5, case when $6 then 0 else h.pos end from log_head h
    on conflict (id) do nothing
    returning *
)
select true as new, made.* from made
union all
select false, webhook.* from webhook where id = $1
