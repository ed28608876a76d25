select stream, unit, code
from vault_citizen
where stream = any($1::text[]) and unit = any($2::text[])
