"""Nothing is on its way any more: what each service has to say is said, what there is to read is read."""

from typing import Any

from tests.chaos.checker.evidence import Evidence
from tests.chaos.checker.topics import Read
from tests.chaos.checker.violations import Violations

WAITING = """
select
    (select count(*) from log, relay where log.pos > relay.pos and log.topic is not null) as unpublished,
    (select count(*) from log, relay where log.pos > relay.followed and log.topic is not null) as unfollowed,
    (select count(*) from log, relay
     where log.pos > relay.tracked and log.topic is not null and log.type like 'sanji.case.CaseReceived.%') as untold,
    (select count(*) from relay where cluster is distinct from $1
        and exists (select from log where topic is not null)) as relays_on_another_kafka,
    (select count(*) from read_offset where cluster <> $1) as partitions_read_on_another_kafka,
    (select count(*) from request_arrival where arrived < now() - interval '10 seconds') as requests_not_looked_at,
    (select count(*) from reread) as cases_to_read_again,
    (select count(*) from key_wanted) as keys_not_answered,
    (select count(*) from vault_citizen v where v.made_at is null and v.unit = any ($2::text[])
        and exists (select from log l where l.stream = v.stream and l.seq = 1)) as codes_not_made,
    (select count(*) from incarnation where reading_back) as reading_back,
    (select count(*) from log, log_head where log.pos > log_head.pos) as positions_beyond_the_head
"""
# A case's key and code lie in the unit's own inbox before its receipt is published. Of a receipt that was lost with its
# database they come back alone, and open nothing: there is no case of which the portal had to be told.
# A request is sent again, ever more rarely, until a person answers; what came just now is looked at within a second.
#
# A pass stays due until its receiver has written, a key until it came: later looks are rare, so a row alone says
# nothing. What waits for a person (a request, a consultation, an order) is due again until that person acts.
DUE = """
select d.kind, d.stream, head.holder
from relay_due d
cross join lateral (
    select l.holder, l.unit from log l where l.stream = d.stream and l.live order by l.seq desc limit 1
) head
where d.kind = 'own_key'
    or (d.kind in ('request', 'consultation', 'order') and d.tries = 0 and d.due < now() - interval '1 second')
    or (d.kind = 'pass' and head.holder <> head.unit and head.unit = any ($1::text[])
        and head.holder = any ($2::text[]))
    or (d.kind = 'key' and head.holder = any ($1::text[])
        and not exists (select from vault_key v where v.stream = d.stream and v.unit = head.holder)
        and not exists (select from vault_forgotten f where f.stream = d.stream))
limit 100
"""
BEHIND = "select follower, c.pos, h.pos as head from checkpoint c, log_head h where c.pos < h.pos"
READ = "select topic, partition, next_offset from read_offset where cluster = $1"
DEAD = """
select id, topic, partition, "offset", sha256(coalesce(value, '')) as hash, reason from dead_letter order by id
"""
TALLY = "select view, name, key, n from tally"


async def drained(service: str, db: Any, read: Read, evidence: Evidence, violations: Violations) -> None:
    """What of this service still waits."""
    units = list(evidence.units.get(service, ()))
    row = await db.fetchrow(WAITING, read.cluster, units)
    for name, n in row.items():
        if n:
            violations.add("undrained", f"{n} {name.replace('_', ' ')}", service)
    for due in await db.fetch(DUE, units or [service], list(evidence.hosts())):
        violations.add("undrained", f"{due['kind']} is due, {due['holder']} holds", service, due["stream"])
    for behind in await db.fetch(BEHIND):
        said = f"{behind['follower']} stands at {behind['pos']}, the log at {behind['head']}"
        violations.add("undrained", said, service)
    offsets = {(r["topic"], r["partition"]): r["next_offset"] for r in await db.fetch(READ, read.cluster)}
    topics = evidence.feeds() | {evidence.inbox(unit) for unit in units or [service]}
    for (topic, part), end in read.ends.items():
        if topic in topics and offsets.get((topic, part), 0) < end:
            said = f"{topic}:{part} is read up to {offsets.get((topic, part), 0)} of {end}"
            violations.add("undrained", said, service)
    for dead in await db.fetch(DEAD):
        if dead["hash"] not in evidence.injected:
            where = f"{dead['topic']}:{dead['partition']}:{dead['offset']}"
            violations.add("dead_letter", f"{where} is dead ({dead['reason']}), and nobody forged it", service)
