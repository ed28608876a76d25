-- Appending: judge a batch of drafts and reserve positions for the winners' rows, and insert these where they are given
-- (few rows; many come by COPY after the call).
--
-- One draft per stream and per command in a call. A draft loses when its command is known (2), its stream's head is
-- another than `prev` (1), the head's holder is not its unit (3), or a higher epoch is known of (4). The lock comes
-- first and alone, so that every later statement's snapshot sees all that was committed under it.
--
-- Plans cached while the log is empty stay bad; the session that appends therefore has its own planner settings
-- (`sql/log/session.sql`), with which each draft costs one probe of one index at every size of the log.
create function log_append(
    streams text[], prevs bytea[], units text[], epochs integer[], commands bytea[], counts integer[],
    r_draft integer[] default null, r_stream text[] default null, r_seq integer[] default null,
    r_epoch integer[] default null, r_term integer[] default null, r_holder text[] default null,
    r_type text[] default null, r_unit text[] default null, r_actor text[] default null,
    r_time timestamptz[] default null, r_recorded timestamptz[] default null, r_command bytea[] default null,
    r_value bytea[] default null, r_prev bytea[] default null, r_hash bytea[] default null,
    r_topic text[] default null, r_mac bytea[] default null,
    out base bigint, out losers integer[], out verdicts integer[]
)
language plpgsql
as $$
declare
    seen bytea[];
    fenced boolean;
begin
    select h.pos into base from log_head h for update;

    seen := array(
        select l.command from log l
        where substr(l.command, 1, 8) = any (array(select substr(c, 1, 8) from unnest(commands) c))
          and l.command = any (commands)
    );
    fenced := exists (select from fence);

    select array_agg(judged.i order by judged.i), array_agg(judged.verdict order by judged.i)
    into losers, verdicts
    from (
        select d.i,
            case
                when d.command = any (seen) then 2
                when head.hash is distinct from d.prev then 1
                when head.holder <> d.unit and d.epoch <= head.epoch then 3
                when d.epoch < head.epoch then 4
                when fenced and (select f.epoch from fence f where f.stream = d.stream) > d.epoch then 4
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

    if r_draft is not null then
        insert into log (pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, prev,
                         hash, topic, mac)
        select base + row_number() over (), r.stream, r.seq, r.epoch, r.term, r.holder, r.type, r.unit, r.actor, r.time,
               r.recorded, r.command, r.value, r.prev, r.hash, r.topic, r.mac
        from unnest(r_draft, r_stream, r_seq, r_epoch, r_term, r_holder, r_type, r_unit, r_actor, r_time, r_recorded,
                    r_command, r_value, r_prev, r_hash, r_topic, r_mac)
            as r (draft, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, prev, hash,
                  topic, mac)
        where losers is null or r.draft <> all (losers);
    end if;
end
$$;

-- The same for a single draft of one row: a caller who is alone waits for a third of the work.
create function log_append_one(
    r_stream text, r_seq integer, r_epoch integer, r_term integer, r_holder text, r_type text, r_unit text,
    r_actor text, r_time timestamptz, r_recorded timestamptz, r_command bytea, r_value bytea, r_prev bytea,
    r_hash bytea, r_topic text, r_mac bytea,
    out base bigint, out verdict integer
)
language plpgsql
as $$
begin
    update log_head h set pos = h.pos + 1 returning h.pos - 1 into base;

    select case
        when (
            select l.pos from log l
            where substr(l.command, 1, 8) = substr(r_command, 1, 8) and l.command = r_command limit 1
        ) is not null then 2
        when head.hash is distinct from r_prev then 1
        when head.holder <> r_unit and r_epoch <= head.epoch then 3
        when r_epoch < head.epoch then 4
        when (select f.epoch from fence f where f.stream = r_stream) > r_epoch then 4
    end
    into verdict
    from (select) one
    left join lateral (
        select l.hash, l.holder, l.epoch from log l
        where l.stream = r_stream and l.live order by l.seq desc limit 1
    ) head on true;

    if verdict is null then
        insert into log (pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, prev,
                         hash, topic, mac)
        values (base + 1, r_stream, r_seq, r_epoch, r_term, r_holder, r_type, r_unit, r_actor, r_time, r_recorded,
                r_command, r_value, r_prev, r_hash, r_topic, r_mac);
    else
        update log_head h set pos = base;
    end if;
end
$$;
