insert into relay_due (kind, stream) select 'own_key', unnest($1::text[]) on conflict do nothing
