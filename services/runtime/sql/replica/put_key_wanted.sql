insert into key_wanted (stream, unit) select distinct stream, unit from unnest($1::text[], $2::text[]) as given (stream, unit)
on conflict (stream, unit) do update set asked = now()
