-- A query code read back from the unit's own inbox after a restore.
insert into vault_citizen (stream, unit, code)
select stream, unit, code
from unnest($1::text[], $2::text[], $3::bytea[]) as given (stream, unit, code)
where not exists (select from vault_forgotten f where f.stream = given.stream)
on conflict do nothing
