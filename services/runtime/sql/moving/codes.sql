select stream, unit, code, memory_kib, passes, lanes, salt, verifier, wrapped, made_at
from vault_citizen where unit = any($1::text[])
