-- Which units' copies of the case keys lie in this vault.
select stream, array_agg(unit) as units from vault_key where stream = any($1::text[]) group by stream
