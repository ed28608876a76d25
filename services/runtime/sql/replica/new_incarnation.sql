update incarnation set id = gen_random_uuid()::text, restores = restores + 1, began = now()
returning id, (select pos from log_head) as pos
