-- Key and query code, read back from the unit's own inbox after a restore; else they are here.
with given as (
    select stream, unit, wrapped, code
    from unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[]) as given (stream, unit, wrapped, code)
    where not exists (select from vault_forgotten f where f.stream = given.stream)
), keys as (
    insert into vault_key (stream, unit, wrapped)
    select stream, unit, wrapped from given
    on conflict do nothing
)
insert into vault_citizen (stream, unit, code)
select stream, unit, code from given
on conflict do nothing
