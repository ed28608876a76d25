-- Superseded rows become live again under new positions, so that whoever follows the log sees them.
update log l set pos = given.pos, live = true, superseded_at = null
from unnest($1::bytea[], $2::bigint[]) as given (hash, pos)
where l.hash = given.hash
