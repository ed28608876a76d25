"""Records that come twice, out of order, late, that are none, or that somebody forged.

Whoever does that may write to a topic, as a service that runs wild; he has nobody's keys.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from contracts.case import CaseReferred, CustodyAssumed, StepStarted
from contracts.envelope import CONTENT_TYPE, Envelope, Unreadable, build, digest, is_case, read
from contracts.topics import FEED_PARTITIONS, INBOX_PARTITIONS, Topics
from services.runtime.partition import Partitions
from tests.chaos.faults.missed import Missed
from tests.chaos.schedule import Fault
from tests.journeys.places import DATONG, FARTHER, HOSTED, tier_of

if TYPE_CHECKING:
    from tests.chaos.world import World

AWAY = (KafkaError, OSError, TimeoutError)
ANSWER_SECONDS = 8.0
LATE_SECONDS = 60.0
"""How long copies that come late are kept when Kafka is away."""
HEADERS = [("content-type", CONTENT_TYPE)]
HUGE = 900_000
POISON: dict[str, bytes | None] = {
    "nothing": b"",
    "tombstone": None,
    "no_json": b'{"specversion":',
    "not_utf8": b'{"a":"\xff\xfe"}',
    "field_twice": b'{"specversion":"1.0","specversion":"1.0"}',
    "nul": b'{"specversion":"1.0","id":"a\\u0000b"}',
    "no_event": b'{"specversion":"1.0"}',
    "huge": b'{"a":"' + b"x" * HUGE + b'"}',
    "strange_header": b'{"specversion":"1.0","id":"strange header"}',
}
Record = ConsumerRecord[bytes | None, bytes | None]


async def repeat(world: "World", fault: Fault) -> dict[str, Any]:
    """The last records of some partition come twice more."""
    found = await _some(world, fault)
    await _send(world, [*found, *found])
    return {"topic": found[0].topic, "copies": 2 * len(found)}


async def reorder(world: "World", fault: Fault) -> dict[str, Any]:
    """They come again in another order."""
    found = await _some(world, fault)
    random.Random(fault.more["pick"]).shuffle(found)
    await _send(world, found)
    return {"topic": found[0].topic, "copies": len(found)}


async def delay(world: "World", fault: Fault) -> dict[str, Any]:
    """They come again much later, when the cases have gone on."""
    found = await _some(world, fault)
    await asyncio.sleep(fault.lasts)
    await _send(world, found, LATE_SECONDS)
    return {"topic": found[0].topic, "copies": len(found)}


async def poison(world: "World", fault: Fault) -> dict[str, Any]:
    """What no service can read."""
    chance = random.Random(fault.more["pick"])
    topics = _topics(world)
    sent: list[str] = []
    async with _producer(world) as producer:
        for name in fault.more["records"]:
            value, topic = POISON[name], chance.choice(topics)
            key = chance.choice((None, b"nobody", b"\xff\x00"))
            if value is None and key is None:
                key = b"nobody"  # aiokafka sends nothing that has neither
            headers = [("content-type", b"\xff\xfe")] if name == "strange_header" else HEADERS
            world.injected.add(_hash(value))
            await producer.send_and_wait(topic, value, key, headers=headers)
            sent.append(f"{name} in {topic}")
    return {"sent": sent}


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
        world.injected.add(_hash(forged))
        partition, key = Partitions(FEED_PARTITIONS).place(envelope.stream)
        async with _producer(world) as producer:
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


def _hash(value: bytes | None) -> str:
    return sha256(value or b"").hexdigest()


def _tier(unit: str) -> str:
    return "township" if unit == FARTHER else tier_of(unit)


async def _heads(world: "World") -> dict[str, tuple[Envelope, bytes]]:
    """By case, the last event that the feeds have of it."""
    found: dict[str, tuple[Envelope, bytes]] = {}
    topics = Topics(world.prefix)
    for tier in HOSTED:
        for record in await _last(world, topics.feed(tier), None, 500):
            try:
                envelope = read(record.value or b"")
            except Unreadable:
                continue
            known = found.get(envelope.stream)
            if is_case(envelope.stream) and (known is None or known[0].seq < envelope.seq):
                found[envelope.stream] = envelope, record.value or b""
    return found


def _topics(world: "World") -> list[str]:
    topics = Topics(world.prefix)
    units = [unit for units in HOSTED.values() for unit in units]
    return [*topics.feeds, topics.reference, *map(topics.inbox, units)]


async def _some(world: "World", fault: Fault) -> list[Record]:
    """Records at the end of a partition in which there are any."""
    chance = random.Random(fault.more["pick"])
    topics = _topics(world)
    chance.shuffle(topics)
    for topic in topics:
        if found := await _last(world, topic, chance, fault.more["records"]):
            return found
    raise Missed("there is no record yet")


async def _last(world: "World", topic: str, chance: random.Random | None, records: int) -> list[Record]:
    """The last records of one partition that has any, or of each; none that was injected."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS), _consumer(world) as consumer:
            if topic not in await consumer.topics():
                return []
            count = INBOX_PARTITIONS if ".inbox." in topic else FEED_PARTITIONS
            every = [TopicPartition(topic, number) for number in range(count)]
            ends = {at: end for at, end in (await consumer.end_offsets(every)).items() if end}
            chosen = list(ends) if chance is None else chance.sample(sorted(ends), min(1, len(ends)))
            found: list[Record] = []
            for at in chosen:
                found += await _read(consumer, at, max(0, ends[at] - records), ends[at])
            return [record for record in found if _hash(record.value) not in world.injected]
    except AWAY as error:
        raise Missed(f"Kafka did not answer: {type(error).__name__}") from error


async def _read(consumer: Any, at: TopicPartition, first: int, end: int) -> list[Record]:
    consumer.assign([at])
    consumer.seek(at, first)
    found: list[Record] = []
    while await consumer.position(at) < end:
        for records in (await consumer.getmany(at, timeout_ms=500)).values():
            found += [record for record in records if record.offset < end]
    return found


async def _send(world: "World", records: Sequence[Record], patience: float = 0) -> None:
    """Where each came from. Raises Missed when Kafka does not answer within that many seconds more."""
    ends = asyncio.get_running_loop().time() + patience
    while True:
        try:
            async with asyncio.timeout(ANSWER_SECONDS), _producer(world) as producer:
                waits = [
                    await producer.send(r.topic, r.value, r.key, r.partition, headers=list(r.headers)) for r in records
                ]
                await asyncio.gather(*waits)
                return
        except (Missed, *AWAY) as error:
            if asyncio.get_running_loop().time() > ends:
                raise Missed(f"Kafka did not answer: {type(error).__name__}") from error
            await asyncio.sleep(1)


@asynccontextmanager
async def _consumer(world: "World") -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(bootstrap_servers=world.stack.kafka.bootstrap())
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


@asynccontextmanager
async def _producer(world: "World") -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=world.stack.kafka.bootstrap(), acks="all", max_request_size=2 << 20)
    try:
        await producer.start()
        yield producer
    except AWAY as error:
        raise Missed(f"Kafka did not answer: {type(error).__name__}") from error
    finally:
        await producer.stop()
