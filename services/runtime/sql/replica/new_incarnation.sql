-- A database that holds nothing after reading back is a new one, not a restored one. The cluster is kept before the
-- first word: a backup made before the first publication must be able to tell that its cluster is gone (protocol B4).
update incarnation
set id = gen_random_uuid()::text, began = now(), reading_back = false, cluster = $1,
    restores = restores + (select (pos > 0)::integer from log_head)
returning id, (select pos from log_head) as pos
