select stream, unit, wrapped, kept from vault_key where unit = any($1::text[])
