-- Once for each generation that was seen.
update webhook set generation = generation + 1, keyed_by = $3, rotated = now() where id = $1 and generation = $2 returning id
