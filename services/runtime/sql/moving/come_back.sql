delete from unit_moved where unit = any($1::text[])
