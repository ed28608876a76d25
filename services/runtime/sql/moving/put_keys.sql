insert into vault_key (stream, unit, wrapped, kept)
select * from unnest($1::text[], $2::text[], $3::bytea[], $4::timestamptz[]) on conflict do nothing
