insert into unit_moved (unit, service) select unnest($1::text[]), $2 on conflict (unit) do update set service = excluded.service
