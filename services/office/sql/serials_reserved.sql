-- `$2` serials from `$3` on, above all that are reserved; the last of them. A lost commit only gives out again what the
-- append then refuses: it need not wait for the disk.
with unhurried as (
    select set_config('synchronous_commit', 'off', true)
)
insert into case_serial as c (prefix, reserved)
select $1, $3::bigint - 1 + $2::bigint from unhurried
on conflict (prefix) do update set reserved = greatest(c.reserved, $3::bigint - 1) + $2::bigint
returning reserved
