delete from relay_due d
using unnest($2::text[], $3::timestamptz[]) as g (stream, seen)
where d.kind = $1 and d.stream = g.stream and d.due = g.seen
