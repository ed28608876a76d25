-- A few copied rows that extend the live heads of their streams, as these were read before, with how far the partitions
-- were read: the whole of a batch in one round trip. Answers with the position before them; with null, and nothing done,
-- when a head moved meanwhile, when something else of a stream lies beside it, or when the database has forgotten how far
-- the reader was. `heads`: by stream, the hash of its head, null where there is none. `due`: by partition, how far it was
-- taken before.
create function replica_few(
    streams text[], heads bytea[],
    r_stream text[], r_seq integer[], r_epoch integer[], r_term integer[], r_holder text[], r_type text[],
    r_unit text[], r_actor text[], r_time timestamptz[], r_recorded timestamptz[], r_command bytea[], r_value bytea[],
    r_prev bytea[], r_hash bytea[],
    topics text[], partitions integer[], next_offsets bigint[], due bigint[], on_cluster text
) returns bigint
language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set plan_cache_mode = force_generic_plan set jit = off
as $$
declare
    base bigint := 0;
begin
    if exists (
        select from unnest(topics, partitions, due) as d (topic, partition, due)
        left join read_offset r on r.topic = d.topic and r.partition = d.partition and r.cluster = on_cluster
        where coalesce(r.next_offset, 0) < d.due
    ) then
        return null;
    end if;
    if cardinality(r_stream) > 0 then
        -- First and alone, so that what is read next was all committed under the lock.
        select pos into base from log_head for update;
        if exists (
            select from unnest(streams, heads) as s (stream, head)
            join replica_heads(streams) h on h.stream = s.stream
            where h.aside or h.hash is distinct from s.head
        ) then
            return null;
        end if;
        insert into log (pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, prev,
                         hash)
        select base + r.n, r.stream, r.seq, r.epoch, r.term, r.holder, r.type, r.unit, r.actor, r.time, r.recorded,
               r.command, r.value, r.prev, r.hash
        from unnest(r_stream, r_seq, r_epoch, r_term, r_holder, r_type, r_unit, r_actor, r_time, r_recorded, r_command,
                    r_value, r_prev, r_hash) with ordinality
            as r (stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, prev, hash, n);
        update log_head set pos = base + cardinality(r_stream);
    end if;
    insert into read_offset (topic, partition, next_offset, cluster)
    select n.topic, n.partition, n.next_offset, on_cluster
    from unnest(topics, partitions, next_offsets) as n (topic, partition, next_offset)
    on conflict (topic, partition) do update
    set next_offset = case when read_offset.cluster = excluded.cluster
                           then greatest(read_offset.next_offset, excluded.next_offset)
                           else excluded.next_offset end,
        cluster = excluded.cluster;
    return base;
end
$$;
