insert into vault_forgotten (stream, forgotten_at) select * from unnest($1::text[], $2::timestamptz[]) on conflict do nothing
