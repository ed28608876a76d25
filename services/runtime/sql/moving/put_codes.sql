insert into vault_citizen (stream, unit, code, memory_kib, passes, lanes, salt, verifier, wrapped, made_at)
select * from unnest(
    $1::text[], $2::text[], $3::bytea[], $4::integer[], $5::integer[], $6::integer[], $7::bytea[], $8::bytea[], $9::bytea[],
    $10::timestamptz[])
on conflict do nothing
