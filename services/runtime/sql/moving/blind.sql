select unit, blind, stream from vault_blind where unit = any($1::text[])
