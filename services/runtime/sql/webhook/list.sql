-- Subscriptions with how far behind they are, how much of theirs waits for another try and how much was given up; those
-- counts bounded, because they only tell whether and roughly how much. $1: one of them; null: all.
select w.*, h.pos - w.pos as behind,
       (select count(*) from (
           select from webhook_refused r where r.webhook = w.id and r.dead is null limit 10001
       ) q) as waiting,
       (select count(*) from (
           select from webhook_refused r where r.webhook = w.id and r.dead is not null limit 10001
       ) q) as dead
from webhook w cross join log_head h
where $1::text is null or w.id = $1
order by w.made, w.id
