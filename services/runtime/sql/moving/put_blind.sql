insert into vault_blind (unit, blind, stream)
select * from unnest($1::text[], $2::bytea[], $3::text[]) on conflict do nothing
