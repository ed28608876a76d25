-- Run under the lock of forget_lock.sql, as a statement of its own: its snapshot then sees every key there is.
with given as (
    select unnest($1::text[]) as stream
), keys as (
    delete from vault_key where stream in (select stream from given)
), blinds as (
    delete from vault_blind where stream in (select stream from given)
), citizens as (
    delete from vault_citizen where stream in (select stream from given)
)
insert into vault_forgotten (stream)
select stream from given
on conflict do nothing
