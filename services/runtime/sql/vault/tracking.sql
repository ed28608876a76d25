select stream, memory_kib, passes, lanes, salt, verifier, wrapped
from vault_citizen
where stream = any($1::text[]) and made_at is not null
