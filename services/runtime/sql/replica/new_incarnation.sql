-- A database that held nothing and has read back nothing of its own units is a new one, not a restored one: units and items
-- of others are no sign of an earlier life. The cluster is kept before the first word: a backup made before the first
-- publication must be able to tell that its cluster is gone (protocol B4).
update incarnation
set id = gen_random_uuid()::text, began = now(), reading_back = false, cluster = $1,
    restores = restores + ($2 or exists (select from log where unit = any ($3::text[])))::integer
returning id, (select pos from log_head) as pos
