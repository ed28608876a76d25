-- One probe of one index a stream. `aside` says that something else than the live branch is here.
select * from replica_heads($1)
