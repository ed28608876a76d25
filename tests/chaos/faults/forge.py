"""Records that somebody forged.

Whoever does that may write to a topic, as a service that runs wild; he has nobody's keys.
"""

import random
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from contracts.case import CaseReferred, CustodyAssumed, StepStarted
from contracts.envelope import Envelope, Unreadable, build, digest, is_case, read
from contracts.topics import FEED_PARTITIONS, Topics
from services.runtime.partition import Partitions
from tests.chaos.faults.missed import Missed
from tests.chaos.faults.topics import HEADERS, hashed, last_records, producing
from tests.chaos.schedule import Fault
from tests.journeys.places import DATONG, FARTHER, HOSTED, tier_of

if TYPE_CHECKING:
    from tests.chaos.world import World


async def forge(world: "World", fault: Fault) -> dict[str, Any]:
    """Events that look right, of who had no right to write them."""
    chance = random.Random(fault.more["pick"])
    heads = await _heads(world)
    if not heads:
        raise Missed("there is no case yet")
    sent: list[str] = []
    for what in fault.more["records"]:
        envelope, value = heads[chance.choice(sorted(heads))]
        writer, forged = _forged(what, envelope, value)
        world.injected.add(hashed(forged))
        partition, key = Partitions(FEED_PARTITIONS).place(envelope.stream)
        async with producing(world) as producer:
            topic = Topics(world.prefix).feed(_tier(writer))
            await producer.send_and_wait(topic, forged, key, partition, headers=HEADERS)
        sent.append(f"{what} {envelope.stream}:{envelope.seq}")
    return {"sent": sent}


def _forged(what: str, head: Envelope, value: bytes) -> tuple[str, bytes]:
    """Who is said to have written it, and the record."""
    prev = digest(value)
    now = datetime.now(UTC)
    rest: dict[str, Any] = {
        "stream": head.stream, "epoch": head.epoch, "actor": "F01", "time": now, "recorded": now,
        "command": sha256(prev + what.encode()).digest(),
    }  # fmt: skip
    following = {**rest, "seq": head.seq + 1, "prev": prev}
    match what:
        case "contradicts":
            before = bytes.fromhex(head.prevhash) if head.prevhash is not None else None
            event = StepStarted(step="forged")
            made = build(event, **rest, seq=head.seq, prev=before, term=head.term, unit=head.unit, holder=head.holder)
            return head.unit, made
        case "not_the_holder":
            event = StepStarted(step="review")
            return FARTHER, build(event, **following, term=head.term, unit=FARTHER, holder=head.holder)
        case "takes_custody":
            event = CaseReferred(to=FARTHER, referral="transfer", reason="area")
            return FARTHER, build(event, **following, term=head.term + 1, unit=FARTHER, holder=FARTHER)
        case "assumes":
            event = CustodyAssumed(order="forged", reason="overdue")
            return DATONG, build(event, **{**following, "epoch": head.epoch + 1}, term=0, unit=DATONG, holder=DATONG)
        case _:
            raise ValueError(what)


def _tier(unit: str) -> str:
    return "township" if unit == FARTHER else tier_of(unit)


async def _heads(world: "World") -> dict[str, tuple[Envelope, bytes]]:
    """By case, the last event that the feeds have of it."""
    found: dict[str, tuple[Envelope, bytes]] = {}
    topics = Topics(world.prefix)
    for tier in HOSTED:
        for record in await last_records(world, topics.feed(tier), None, 500):
            try:
                envelope = read(record.value or b"")
            except Unreadable:
                continue
            known = found.get(envelope.stream)
            if is_case(envelope.stream) and (known is None or known[0].seq < envelope.seq):
                found[envelope.stream] = envelope, record.value or b""
    return found
