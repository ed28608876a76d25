-- Everything past this position is sent again, what waited or was given up past it too.
with gone as (
    delete from webhook_refused r where r.webhook = $1 and r.pos > $2
)
update webhook set pos = least(pos, $2), next_try = null where id = $1 returning pos
