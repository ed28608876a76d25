select (select count(*) from vault_key where unit = any($1::text[]))
    + (select count(*) from vault_blind where unit = any($1::text[]))
    + (select count(*) from vault_citizen where unit = any($1::text[]))
    + (select count(*) from vault_forgotten)
