-- Superseded rows become live again under new positions, so that whoever follows the log sees them.
update log l set pos = given.pos, live = true, superseded_at = null
from unnest($1::text[], $2::bytea[], $3::bigint[]) as given (stream, hash, pos)
where l.stream = given.stream and l.hash = given.hash
