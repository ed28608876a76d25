"""When nothing moves any more: every log is published, every record taken, every view caught up, every inbox empty.

Query codes are apart: what the portal checks them by is made slowly on purpose, long after all else is at rest."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.topics import FEED_PARTITIONS, INBOX_PARTITIONS
from services.cli.databases import opened
from services.cli.demo.places import PORTAL, Place
from services.cli.refusing import Cannot
from services.cli.replay.send import Backoff, NoAnswer
from services.runtime.kafka_link import KafkaLink
from services.runtime.statements import statements

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

statement = statements(__file__)
Ends = Mapping[TopicPartition, int]


async def at_rest(
    places: Sequence[Place], kafka: str, patience: float, progress: Callable[[str], None] = lambda words: None
) -> None:
    """Return when a look at all services finds nothing waiting and no log grown since the look before.

    `progress` hears what is waited for. Raises Cannot with it when `patience`, in seconds, is at its end.
    """
    wait = Backoff(patience, 0.1)
    async with AsyncExitStack() as stack:
        pools = {place: await stack.enter_async_context(opened(place.database)) for place in places}
        consumer = await stack.enter_async_context(AIOKafkaConsumer(**KafkaLink(kafka).options()))
        before: dict[str, int] = {}
        while True:
            ends = await _ends(consumer, places)
            looks = {place: await _look(place, pool, ends) for place, pool in pools.items()}
            logs = {place.name: look["log"] for place, look in looks.items()}
            waiting = [f"{place.name}: {words}" for place, look in looks.items() if (words := _waits(look))]
            if not waiting and logs == before:
                return
            progress("; ".join(waiting) or "looking once more")
            before = logs
            try:
                await wait.once_more("; ".join(waiting))
            except NoAnswer as error:
                raise Cannot(f"The services do not come to rest. Still waiting: {error}") from None


async def codes_told(
    places: Sequence[Place], patience: float, progress: Callable[[int, int], None] = lambda done, all: None
) -> int:
    """Return when the portal was told how to check the query code of every receipt, or when `patience`, in seconds, is
    at its end; of how many it was not told yet. `progress` hears how many of those that were left at first are done."""
    wait = Backoff(patience, 0.1)
    most = 0
    async with AsyncExitStack() as stack:
        offices = [place for place in places if place.name != PORTAL]
        pools = [await stack.enter_async_context(opened(office.database)) for office in offices]
        while True:
            left: int = sum([await pool.fetchval(statement("codes")) for pool in pools])
            most = max(most, left)
            progress(most - left, most)
            if left == 0:
                return 0
            try:
                await wait.once_more(f"{left} query codes")
            except NoAnswer:
                return left


async def _ends(consumer: AIOKafkaConsumer, places: Sequence[Place]) -> Ends:
    there = await consumer.topics()
    topics = {topic for place in places for topic in place.reads} & there
    # By the numbers agreed: a consumer knows nothing of topics that it has not subscribed to.
    counts = {t: INBOX_PARTITIONS if t.startswith("inbox.") else FEED_PARTITIONS for t in topics}
    partitions = [TopicPartition(topic, p) for topic, count in counts.items() for p in range(count)]
    return await consumer.end_offsets(partitions)


async def _look(place: Place, pool: "Pool[Record]", ends: Ends) -> dict[str, Any]:
    row = await pool.fetchrow(statement("rest"))
    assert row is not None
    read = {
        TopicPartition(r["topic"], r["partition"]): r["next_offset"]
        for r in await pool.fetch("select topic, partition, next_offset from read_offset")
    }
    unread = sum(max(0, end - read.get(at, 0)) for at, end in ends.items() if at.topic in place.reads)
    return {**dict(row), "unread": unread}


def _waits(look: Mapping[str, Any]) -> str:
    """In words; empty when nothing does."""
    counts = {
        "to publish": look["unpublished"],
        "to read": look["unread"],
        "to hand over": look["to_inboxes"],
        "requests to answer": look["requests"],
        "streams to read again": look["to_read_again"],
        "to show": max(0, look["log"] - look["followed"]),
    }
    return ", ".join(f"{n} {name}" for name, n in counts.items() if n)
