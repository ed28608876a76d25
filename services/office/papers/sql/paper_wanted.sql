insert into paper (stream, digest, due)
select stream, digest, now() from unnest($1::text[], $2::text[]) as given (stream, digest)
on conflict do nothing
