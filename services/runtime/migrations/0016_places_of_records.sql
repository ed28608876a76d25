-- A record is looked for in its stream. An index of hashes alone has no neighbours: in a log of ten million each new
-- record touches a page of it that none touched since the last checkpoint, which PostgreSQL then writes whole to its own
-- log. By stream, records of new cases lie side by side.
create unique index log_stream on log (stream, hash);
drop index log_hash;
drop index log_superseded;

drop function replica_known(bytea[]);

-- Which of these records are here already, wherever they lie; staged ones do not count. Settings: see 0003.
create function replica_known(streams text[], hashes bytea[])
returns setof bytea
language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set plan_cache_mode = force_generic_plan set jit = off
as $$
begin
    return query
    select h.hash from unnest(streams, hashes) as h (stream, hash)
    where (select l.pos from log l where l.stream = h.stream and l.hash = h.hash) is not null
       or (select p.seq from parked p where p.hash = h.hash) is not null
       or (select q.seq from quarantined q where q.hash = h.hash) is not null;
end
$$;
