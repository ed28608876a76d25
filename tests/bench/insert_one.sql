\set n random(1, 1000000000000000000)
insert into plain (pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, hash, topic)
values (nextval('plain_pos'), '340405101-20261122-' || lpad(currval('plain_pos')::text, 8, '0'), 1, 0, 0, '340405101', 'sanji.case.CaseReceived.v1',
        '340405101', 'A01', '2026-11-23T01:00:00Z', '2026-11-23T01:00:00Z', sha256(int8send((:n)::bigint)), :value,
        sha256(int8send((:n)::bigint + 1)), 'township.events');
