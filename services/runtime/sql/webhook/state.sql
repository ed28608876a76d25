-- One subscription as its sender needs it. `wait`: seconds until it is to be tried again; `due`: until the next of what
-- it refused is; null: nothing waits.
select w.url, w.types, w.units, w.keyed_by, w.generation, w.pos, w.tries,
       w.rotated > now() - make_interval(secs => $2) as both_secrets,
       w.state = 'active' as active,
       greatest(0, date_part('epoch', w.next_try - now())) as wait,
       (select greatest(0, date_part('epoch', min(r.due) - now())) from webhook_refused r where r.webhook = w.id) as due,
       (select count(*) from (
           select from webhook_refused r where r.webhook = w.id and r.dead is null limit $3
       ) q) as waiting
from webhook w
where w.id = $1
