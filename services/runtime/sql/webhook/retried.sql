-- Rows that a subscriber had refused: taken ($2), refused again ($3 until then $4, why $5; no seconds: given up). What
-- was taken or given up lets the next of its case go.
with taken as (
    delete from webhook_refused where webhook = $1 and pos = any ($2::bigint[]) returning stream
), again as (
    update webhook_refused r
    set tries = r.tries + 1, problem = a.problem, due = now() + make_interval(secs => a.seconds),
        dead = case when a.seconds is null then now() end
    from unnest($3::bigint[], $4::float8[], $5::text[]) as a (pos, seconds, problem)
    where r.webhook = $1 and r.pos = a.pos
    returning r.stream, r.pos, r.dead
), free as (
    select stream from taken union select stream from again where dead is not null
), next as (
    select distinct on (r.stream) r.pos
    from free join webhook_refused r on r.webhook = $1 and r.stream = free.stream and r.dead is null
    where r.pos <> all ($2::bigint[]) and r.pos <> all (select again.pos from again)
    order by r.stream, r.pos
), let as (
    update webhook_refused r set due = now() from next where r.webhook = $1 and r.pos = next.pos
)
update webhook
set delivered = delivered + cardinality($2::bigint[]), away_since = null, tries = 0, next_try = null, problem = null
where id = $1
