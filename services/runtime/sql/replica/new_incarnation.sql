update incarnation
set id = gen_random_uuid()::text, restores = restores + 1, began = now(), reading_back = false
returning id, (select pos from log_head) as pos
