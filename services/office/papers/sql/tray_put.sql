insert into paper_tray (unit, digest, person) values ($1, $2, $3)
on conflict (unit, digest) do update set since = now()
