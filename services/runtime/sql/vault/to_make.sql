select c.stream, c.unit, c.code, k.wrapped
from vault_citizen c
join vault_key k on k.stream = c.stream and k.unit = c.unit
where c.made_at is null and c.unit = any($1::text[])
order by c.stream
limit $2
