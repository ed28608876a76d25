-- Appending. Plans cached while the log is empty stay bad, hence the settings of each function: one probe of one
-- index per draft is right at every size of the log.

-- Locks the head, judges the drafts, and reserves `wanted` positions for the winners' rows. One draft per stream and
-- per command in a call. A draft loses when its command is known (2), its stream's head is another than `prev` (1), the
-- head's holder is not its unit (3), or a higher epoch was read of (4). The lock comes first and alone, so that every
-- later statement's snapshot sees all that was committed under it.
create function log_claim(
    streams text[], prevs bytea[], units text[], epochs integer[], commands bytea[], counts integer[],
    out base bigint, out losers integer[], out verdicts integer[]
)
language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set plan_cache_mode = force_generic_plan set jit = off
as $$
begin
    select h.pos into base from log_head h for update;

    select array_agg(judged.i order by judged.i), array_agg(judged.verdict order by judged.i)
    into losers, verdicts
    from (
        select d.i,
            case
                when (select l.pos from log l where l.command = d.command limit 1) is not null then 2
                when head.hash is distinct from d.prev then 1
                when head.holder <> d.unit and d.epoch <= head.epoch then 3
                when d.epoch < head.epoch then 4
                when (select f.epoch from fence f where f.stream = d.stream) > d.epoch then 4
            end as verdict
        from unnest(streams, prevs, units, epochs, commands) with ordinality as d (stream, prev, unit, epoch, command, i)
        left join lateral (
            select l.hash, l.holder, l.epoch from log l
            where l.stream = d.stream and l.live order by l.seq desc limit 1
        ) head on true
    ) judged
    where judged.verdict is not null;

    update log_head h
    set pos = base + coalesce(
        (select sum(c.n) from unnest(counts) with ordinality c (n, i) where c.i <> all (coalesce(losers, '{}'))), 0
    );
end
$$;

-- One statement for a batch: claim, then insert the winners' rows at consecutive positions.
create function log_append(
    streams text[], prevs bytea[], units text[], epochs integer[], commands bytea[], counts integer[],
    r_draft integer[], r_stream text[], r_seq integer[], r_epoch integer[], r_term integer[], r_holder text[],
    r_type text[], r_unit text[], r_actor text[], r_time timestamptz[], r_recorded timestamptz[], r_command bytea[],
    r_value bytea[], r_prev bytea[], r_hash bytea[], r_topic text[], r_mac bytea[],
    out base bigint, out losers integer[], out verdicts integer[]
)
language plpgsql
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
set plan_cache_mode = force_generic_plan set jit = off
as $$
begin
    select c.base, c.losers, c.verdicts into base, losers, verdicts
    from log_claim(streams, prevs, units, epochs, commands, counts) c;

    insert into log (pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, prev,
                     hash, topic, mac)
    select base + row_number() over (), r.stream, r.seq, r.epoch, r.term, r.holder, r.type, r.unit, r.actor, r.time,
           r.recorded, r.command, r.value, r.prev, r.hash, r.topic, r.mac
    from unnest(r_draft, r_stream, r_seq, r_epoch, r_term, r_holder, r_type, r_unit, r_actor, r_time, r_recorded,
                r_command, r_value, r_prev, r_hash, r_topic, r_mac)
        as r (draft, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, prev, hash,
              topic, mac)
    where losers is null or r.draft <> all (losers);
end
$$;
