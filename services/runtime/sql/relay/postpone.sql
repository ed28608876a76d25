-- Only what still stands as it was read: a new pass of the stream makes it due at once, with no tries.
update relay_due d
set tries = d.tries + g.more, due = now() + make_interval(secs => g.wait)
from unnest($2::text[], $3::timestamptz[], $4::float8[], $5::integer[]) as g (stream, seen, wait, more)
where d.kind = $1 and d.stream = g.stream and d.due = g.seen
