-- A few rows of a view, the counts that they change and its checkpoint, all or nothing: nothing when the checkpoint is no
-- longer where the rows were read. {columns} and {changed} are the view's, {table} is its table.
with moved as (
    update checkpoint set pos = $2, building = case when building > $2 then building end
    from (select set_config('synchronous_commit', 'off', true)) unhurried
    where follower = $1 and pos = $3
    returning pos
), put as (
    insert into {table} as kept ({columns})
    select {columns} from moved cross join json_populate_recordset(null::{table}, $4::json)
    on conflict (stream) do update set {changed}
), counted as (
    insert into tally (view, name, key, n)
    select $1, d.name, d.key, d.n
    from moved cross join unnest($5::text[], $6::text[], $7::bigint[]) as d (name, key, n)
    on conflict (view, name, key) do update set n = tally.n + excluded.n
)
select pos from moved
