-- A higher epoch was adopted: the tail that it beats leaves the live branch and keeps its position.
update log set live = false, superseded_at = now() where stream = any ($1::text[]) and hash = any ($2::bytea[])
