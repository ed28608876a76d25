-- The first that waits of each case is due, unless it is already.
update webhook_refused r set due = now()
from (
    select distinct on (stream) pos, due from webhook_refused where webhook = $1 and dead is null order by stream, pos
) first
where r.webhook = $1 and r.pos = first.pos and first.due is null
