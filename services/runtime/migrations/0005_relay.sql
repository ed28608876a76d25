-- Publishing. Nothing is deleted from the outbox, which is the log; a checkpoint moves.

create table relay (
    only_row boolean primary key default true check (only_row),
    pos      bigint  not null default 0,     -- every row with a topic up to here is acknowledged …
    cluster  text    collate "C",            -- … by this Kafka cluster; null: never published
    leader   bigint  not null default 0,     -- raised by each new leader; only the latest moves anything here
    followed bigint  not null default 0,     -- the log is searched up to here for what belongs into inboxes
    tracked  bigint  not null default 0      -- receipts up to here are told to the portal
) with (fillfactor = 10);
insert into relay default values;

-- Streams for which something may have to be sent to an inbox, now or again. Candidates only: whether it is so, and
-- what is sent, is read from the log's live branch each time (protocol H3); a row that is not so any more goes away.
create table relay_due (
    kind   text        collate "C" not null,   -- pass, request, key (a key is missing), own_key (kept for the own inbox)
    stream text        collate "C" not null,
    tries  integer     not null default 0,
    due    timestamptz not null default now(),
    primary key (kind, stream)
);
create index relay_due_when on relay_due (kind, due);

-- Requests that units of this service asked. They stay: a fence opens those of its case again (protocol R3).
create table relay_request (
    stream text collate "C" primary key,
    asked  text collate "C" not null            -- the case, or the order that it answers
);
create index relay_request_asked on relay_request (asked);

-- Searches positions `from_pos` + 1 to `upto`, all acknowledged, for what may belong into inboxes. Whatever becomes live,
-- also by adoption, has a new position, so nothing that becomes a head is passed by. False for a stale leader.
-- Settings of each function: see 0003.
create function relay_follow(epoch bigint, from_pos bigint, upto_pos bigint, own text[]) returns boolean
language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set plan_cache_mode = force_generic_plan set jit = off
as $$
begin
    update relay set followed = upto_pos where leader = epoch and followed = from_pos;
    if not found then
        return false;
    end if;

    insert into relay_due (kind, stream)
    select 'pass', l.stream
    from log l
    where l.pos > from_pos and l.pos <= upto_pos and l.live and l.holder <> l.unit and l.unit = any (own)
      and (select n.pos from log n where n.stream = l.stream and n.live and n.seq > l.seq limit 1) is null
    on conflict (kind, stream) do update set tries = 0, due = now();

    -- The handover record that brings the key may be a moment behind the events.
    insert into relay_due (kind, stream, due)
    select distinct 'key', l.stream, now() + interval '2 seconds'
    from log l
    where l.pos > from_pos and l.pos <= upto_pos and l.live and strpos(l.stream, '/') = 0 and l.holder = any (own)
      and (l.seq = 1 or l.holder <> l.unit or l.type like 'sanji.case.CustodyAssumed.%')
      and (select v.unit from vault_key v where v.stream = l.stream and v.unit = l.holder) is null
      and (select f.stream from vault_forgotten f where f.stream = l.stream) is null
    on conflict (kind, stream) do update set tries = 0, due = excluded.due;

    with asked as (
        insert into relay_request (stream, asked)
        select l.stream, convert_from(l.value, 'UTF8')::json #>> '{data,case}'
        from log l
        where l.pos > from_pos and l.pos <= upto_pos and l.live and l.unit = any (own) and l.seq = 1
          and l.type like 'sanji.request.%'
        on conflict (stream) do update set asked = excluded.asked
        returning stream
    )
    insert into relay_due (kind, stream)
    select 'request', a.stream from asked a
    on conflict (kind, stream) do update set tries = 0, due = now();

    insert into relay_due (kind, stream)
    select distinct 'request', r.stream
    from log l
    join relay_request r on r.asked = l.stream
    where l.pos > from_pos and l.pos <= upto_pos and l.live and l.type like 'sanji.case.CustodyAssumed.%'
    on conflict (kind, stream) do update set tries = 0, due = now();
    return true;
end
$$;

-- The live branches of streams, each by number.
create function relay_chains(streams text[])
returns table (
    stream text, pos bigint, seq integer, epoch integer, term integer, unit text, holder text, type text, hash bytea,
    prev bytea, value bytea
)
language plpgsql stable
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set plan_cache_mode = force_generic_plan set jit = off
as $$
begin
    return query
    select s.stream, l.pos, l.seq, l.epoch, l.term, l.unit, l.holder, l.type, l.hash, l.prev, l.value
    from unnest(streams) as s (stream)
    cross join lateral (
        select * from log x where x.stream = s.stream and x.live order by x.seq
    ) l;
end
$$;
