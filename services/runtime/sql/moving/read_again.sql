-- A new life that reads every topic from its first record: what was passed over while the units were elsewhere (I4), and
-- their inboxes.
with forgotten as (delete from read_offset)
update incarnation set id = gen_random_uuid()::text, reading_back = true
