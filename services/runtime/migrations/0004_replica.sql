-- The replica: what others wrote and what of it cannot stand in the log, or not yet.

-- Events of a followed stream whose ancestors are missing (protocol I1). Several may claim one number.
create table parked (
    stream   text        collate "C" not null,
    seq      integer     not null,
    epoch    integer     not null,
    term     integer     not null,
    holder   text        collate "C" not null,
    type     text        collate "C" not null,
    unit     text        collate "C" not null,
    actor    text        collate "C" not null,
    time     timestamptz not null,
    recorded timestamptz not null,
    command  bytea       not null,
    value    bytea       not null,
    prev     bytea,
    hash     bytea       not null,
    topic    text        collate "C",                 -- as in the log, for own events that are read back
    kept     timestamptz not null default now(),
    primary key (hash)
);
create index parked_stream on parked (stream);

-- Inbox events of cases that are not followed yet; the handover record inserts them together (protocol I3).
create table staged (like parked including defaults including storage, primary key (hash));
create index staged_stream on staged (stream);
create index staged_kept on staged (kept);

-- Events that contradict, or that their writer had no right to write: kept, shown, never live by themselves.
create table quarantined (like parked including defaults including storage, reason text not null, primary key (hash));
create index quarantined_stream on quarantined (stream);

-- Records that cannot be read, or that this program does not know yet. They never stop a partition.
create table dead_letter (
    id          bigint      generated always as identity primary key,
    cluster     text        not null,
    topic       text        collate "C" not null,
    partition   integer     not null,
    "offset"    bigint      not null,
    key         bytea,
    value       bytea,
    reason      text        not null,                 -- stable code
    detail      text        not null,
    died        timestamptz not null default now(),
    retried_at  timestamptz,
    settled_at  timestamptz,                          -- a retry went well
    unique (cluster, topic, partition, "offset")
);
create index dead_letter_open on dead_letter (id) where settled_at is null;

-- How far each partition was read, on which Kafka cluster (protocol B1). On another cluster everything is read again.
create table read_offset (
    topic       text    collate "C" not null,
    partition   integer not null,
    next_offset bigint  not null,
    cluster     text    not null,
    primary key (topic, partition)
) with (fillfactor = 10);

-- Requests that came by inbox, each time they come: the reactor looks, answers, forwards or drops, and deletes the row.
create table request_arrival (
    arrival bigint      generated always as identity primary key,
    stream  text        collate "C" not null,
    hops    integer     not null,
    arrived timestamptz not null default now()
);

-- Keys of cases that their holder `unit` asks for (protocol H4): the relay answers and deletes the row.
create table key_wanted (
    stream text        collate "C" not null,
    unit   text        collate "C" not null,
    asked  timestamptz not null default now(),
    primary key (stream, unit)
);

-- Cases whose partitions of the feeds are to be read again from the first record (protocol I5).
create table reread (
    stream text        collate "C" primary key,
    since  timestamptz not null default now()
);

-- Which life of this database it is. A new one begins when a restored copy has read back what it had said; the serial
-- of new case numbers jumps with `restores`, so that no number is given twice (protocol B2).
create table incarnation (
    only_row boolean primary key default true check (only_row),
    id       text    not null,
    restores integer not null default 0,
    began    timestamptz not null default now(),
    cluster  text,                                    -- the Kafka cluster on which it began
    reading_back boolean not null default false       -- restored, and not yet through with what it had said
);
insert into incarnation (id) values (gen_random_uuid()::text);

-- Head of the live branch of each stream, and whether there is anything besides it. Settings: see 0003.
create function replica_heads(streams text[])
returns table (stream text, seq integer, epoch integer, term integer, unit text, holder text, hash bytea, aside boolean)
language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set plan_cache_mode = force_generic_plan set jit = off
as $$
begin
    return query
    select s.stream, head.seq, head.epoch, head.term, head.unit, head.holder, head.hash,
           (select p.seq from parked p where p.stream = s.stream limit 1) is not null
               or (select q.seq from quarantined q where q.stream = s.stream limit 1) is not null
               or (select g.seq from staged g where g.stream = s.stream limit 1) is not null
    from unnest(streams) as s (stream)
    left join lateral (
        select l.seq, l.epoch, l.term, l.unit, l.holder, l.hash from log l
        where l.stream = s.stream and l.live order by l.seq desc limit 1
    ) head on true;
end
$$;

-- Which of these records are here already, wherever they lie; staged ones do not count.
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
