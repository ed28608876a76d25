-- A case that is forgotten has no rows any more.
select c.stream, c.unit, k.wrapped, c.code
from vault_citizen c
join vault_key k on k.stream = c.stream and k.unit = c.unit
where c.stream = any($1::text[]) and c.unit = any($2::text[])
