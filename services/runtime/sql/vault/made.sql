-- What was made first stays: the portal may have it already.
update vault_citizen c
set memory_kib = made.memory_kib, passes = made.passes, lanes = made.lanes, salt = made.salt,
    verifier = made.verifier, wrapped = made.wrapped, made_at = now()
from unnest($1::text[], $2::integer[], $3::integer[], $4::integer[], $5::bytea[], $6::bytea[], $7::bytea[])
    as made (stream, memory_kib, passes, lanes, salt, verifier, wrapped)
where c.stream = made.stream and c.made_at is null
