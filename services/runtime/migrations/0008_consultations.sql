-- `relay_due` has one more kind: consultation, for cases about which a unit of another service was asked. The rest of the
-- function is as it was.
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
    -- Whoever is asked at another unit gets to know the case (protocol I4).
    insert into relay_due (kind, stream)
    select distinct 'consultation', l.stream
    from log l
    where l.pos > from_pos and l.pos <= upto_pos and l.live and l.unit = any (own)
      and l.type like 'sanji.case.ConsultationOpened.%'
      and convert_from(l.value, 'UTF8')::json #>> '{data,unit}' <> all (own)
    on conflict (kind, stream) do update set tries = 0, due = now();
    return true;
end
$$;
