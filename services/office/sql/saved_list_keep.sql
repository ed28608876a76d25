-- One more of a person, or another one under a name that is there; no row when there are $6 already.
insert into saved_list (account, name, list, light, item)
select $1, $2, $3, $4, $5
where (select count(*) from saved_list where account = $1 and name <> $2) < $6
on conflict (account, name) do update set list = excluded.list, light = excluded.light, item = excluded.item
returning name
