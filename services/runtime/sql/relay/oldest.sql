-- Copied rows in between are few, because the checkpoint passes them.
select l.kept from log l, relay r where l.pos > r.pos and l.topic is not null order by l.pos limit 1
