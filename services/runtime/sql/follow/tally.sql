insert into tally (view, name, key, n)
select $1, d.name, d.key, d.n from unnest($2::text[], $3::text[], $4::bigint[]) as d (name, key, n)
on conflict (view, name, key) do update set n = tally.n + excluded.n
