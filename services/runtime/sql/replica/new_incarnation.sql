-- A database that holds nothing after reading back is a new one, not a restored one.
update incarnation
set id = gen_random_uuid()::text, began = now(), restores = restores + (select (pos > 0)::integer from log_head)
returning id, (select pos from log_head) as pos
