insert into waiting (stream, about, kind, asker, at, holder, waits)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::boolean[])
on conflict (stream) do update
set about = excluded.about, kind = excluded.kind, asker = excluded.asker, at = excluded.at,
    holder = excluded.holder, waits = excluded.waits
