-- Any hosted unit's copy will do: the key of a case is the same in all of them.
select distinct on (stream) stream, unit, wrapped
from vault_key
where stream = any($1::text[]) and unit = any($2::text[])
order by stream, unit
