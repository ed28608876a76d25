-- What was given up is sent again, each case in its order. $2: these; null: all.
with again as (
    update webhook_refused
    set dead = null, tries = 0, due = null
    where webhook = $1 and dead is not null and ($2::bigint[] is null or pos = any ($2))
    returning pos, stream
)
select count(*) from again
