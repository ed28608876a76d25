-- With the append of a case's first event. A key that is there already belongs to a receipt that was never
-- appended (the stream begins here), so the new one takes its place.
with given as (
    select *
    from unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[])
        as given (stream, unit, wrapped, code, blind)
), keys as (
    insert into vault_key (stream, unit, wrapped)
    select stream, unit, wrapped from given
    on conflict (stream, unit) do update set wrapped = excluded.wrapped
), blinds as (
    insert into vault_blind (unit, blind, stream)
    select unit, blind, stream from given where blind is not null
    on conflict do nothing
)
insert into vault_citizen (stream, unit, code)
select stream, unit, code from given
on conflict (stream) do update
set unit = excluded.unit, code = excluded.code, memory_kib = null, passes = null, lanes = null,
    salt = null, verifier = null, wrapped = null, made_at = null
