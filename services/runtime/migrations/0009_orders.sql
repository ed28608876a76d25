-- What a newly acknowledged part of the log may send to inboxes, one function a kind of letter, so that a new kind adds
-- one and touches no other. Positions `from_pos` + 1 to `upto_pos`; settings: those of `relay_follow`, which calls them.

create function relay_find_passes(from_pos bigint, upto_pos bigint, own text[]) returns void
language plpgsql
as $$
begin
    insert into relay_due (kind, stream)
    select 'pass', l.stream
    from log l
    where l.pos > from_pos and l.pos <= upto_pos and l.live and l.holder <> l.unit and l.unit = any (own)
      and (select n.pos from log n where n.stream = l.stream and n.live and n.seq > l.seq limit 1) is null
    on conflict (kind, stream) do update set tries = 0, due = now();
end
$$;

-- The handover record that brings the key may be a moment behind the events.
create function relay_find_missing_keys(from_pos bigint, upto_pos bigint, own text[]) returns void
language plpgsql
as $$
begin
    insert into relay_due (kind, stream, due)
    select distinct 'key', l.stream, now() + interval '2 seconds'
    from log l
    where l.pos > from_pos and l.pos <= upto_pos and l.live and strpos(l.stream, '/') = 0 and l.holder = any (own)
      and (l.seq = 1 or l.holder <> l.unit or l.type like 'sanji.case.CustodyAssumed.%')
      and (select v.unit from vault_key v where v.stream = l.stream and v.unit = l.holder) is null
      and (select f.stream from vault_forgotten f where f.stream = l.stream) is null
    on conflict (kind, stream) do update set tries = 0, due = excluded.due;
end
$$;

-- A request is asked of the holder of its case, or of the supervision order that it answers (`Request.asked_of`). A
-- fence opens those of its case again (protocol R3). Streams beside cases are few, and have an index of their own.
create function relay_find_requests(from_pos bigint, upto_pos bigint, own text[]) returns void
language plpgsql
as $$
begin
    with found as (
        select l.stream, convert_from(l.value, 'UTF8')::json as record
        from log l
        where l.pos > from_pos and l.pos <= upto_pos and l.live and strpos(l.stream, '/') > 0
          and l.unit = any (own) and l.seq = 1 and l.type like 'sanji.request.%'
    ), asked as (
        insert into relay_request (stream, asked)
        select f.stream, coalesce(f.record #>> '{data,order}', f.record #>> '{data,case}') from found f
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
end
$$;

-- Whoever is asked at another unit gets to know the case (protocol I4).
create function relay_find_consultations(from_pos bigint, upto_pos bigint, own text[]) returns void
language plpgsql
as $$
begin
    insert into relay_due (kind, stream)
    select distinct 'consultation', l.stream
    from log l
    where l.pos > from_pos and l.pos <= upto_pos and l.live and l.unit = any (own)
      and l.type like 'sanji.case.ConsultationOpened.%'
      and convert_from(l.value, 'UTF8')::json #>> '{data,unit}' <> all (own)
    on conflict (kind, stream) do update set tries = 0, due = now();
end
$$;

-- Supervision orders given here, and again when one is answered: the ordered unit gets the answered order once.
create function relay_find_orders(from_pos bigint, upto_pos bigint, own text[]) returns void
language plpgsql
as $$
begin
    insert into relay_due (kind, stream)
    select distinct 'order', l.stream
    from log l
    where l.pos > from_pos and l.pos <= upto_pos and l.live and strpos(l.stream, '/') > 0
      and l.unit = any (own) and l.type like 'sanji.supervision.%'
    on conflict (kind, stream) do update set tries = 0, due = now();
end
$$;

-- Searches positions `from_pos` + 1 to `upto_pos`, all acknowledged. False for a stale leader.
create or replace function relay_follow(epoch bigint, from_pos bigint, upto_pos bigint, own text[]) returns boolean
language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set plan_cache_mode = force_generic_plan set jit = off
as $$
begin
    update relay set followed = upto_pos where leader = epoch and followed = from_pos;
    if not found then
        return false;
    end if;
    perform relay_find_passes(from_pos, upto_pos, own);
    perform relay_find_missing_keys(from_pos, upto_pos, own);
    perform relay_find_requests(from_pos, upto_pos, own);
    perform relay_find_consultations(from_pos, upto_pos, own);
    perform relay_find_orders(from_pos, upto_pos, own);
    return true;
end
$$;
