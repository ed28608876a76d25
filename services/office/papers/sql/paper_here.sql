insert into paper (stream, digest) values ($1, $2)
on conflict (stream, digest) do update set due = null, why = null
