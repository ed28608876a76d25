-- What came first stays: the sender derives the same again each time, so anything else is not the sender's.
insert into tracking (stream, memory_kib, passes, lanes, salt, verifier, wrapped)
select * from unnest($1::text[], $2::integer[], $3::integer[], $4::integer[], $5::bytea[], $6::bytea[], $7::bytea[])
on conflict (stream) do nothing
