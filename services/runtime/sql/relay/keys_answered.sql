-- Answered or not: who still has no key asks again.
delete from key_wanted k using unnest($1::text[], $2::text[]) as g (stream, unit) where k.stream = g.stream and k.unit = g.unit
