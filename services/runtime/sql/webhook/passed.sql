-- A subscriber has been sent what it was to be sent up to $3, $4 rows; what it refused, and what stands behind that, is
-- kept. Moves from where it was seen only, and never for a subscription that was taken back to an earlier position. Losing
-- the last commits in a crash only sends copies, so the commit need not wait for the disk.
with moved as (
    update webhook
    set pos = $3, delivered = delivered + $4, away_since = null, tries = 0, next_try = null, problem = null
    from (select set_config('synchronous_commit', 'off', true)) unhurried
    where id = $1 and pos = $2
    returning id
)
insert into webhook_refused (webhook, pos, stream, tries, due, problem)
select moved.id, r.pos, r.stream, r.tries, now() + make_interval(secs => r.seconds), r.problem
from moved, unnest($5::bigint[], $6::text[], $7::integer[], $8::float8[], $9::text[])
    as r (pos, stream, tries, seconds, problem)
on conflict (webhook, pos) do nothing
