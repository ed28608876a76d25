insert into reread (stream) select unnest($1::text[]) on conflict do nothing
