-- The first key of a case stays: a later one could only make readable text unreadable.
insert into vault_key (stream, unit, wrapped)
select stream, unit, wrapped
from unnest($1::text[], $2::text[], $3::bytea[]) as given (stream, unit, wrapped)
where not exists (select from vault_forgotten f where f.stream = given.stream)
on conflict do nothing
