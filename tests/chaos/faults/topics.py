"""What the faults of records share: what lies in the topics, and somebody who may write to them."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from contracts.envelope import CONTENT_TYPE
from contracts.topics import FEED_PARTITIONS, INBOX_PARTITIONS, Topics
from tests.chaos.faults.missed import Missed
from tests.journeys.places import HOSTED

if TYPE_CHECKING:
    from tests.chaos.world import World

AWAY = (KafkaError, OSError, TimeoutError)
ANSWER_SECONDS = 8.0
HEADERS = [("content-type", CONTENT_TYPE)]
Record = ConsumerRecord[bytes | None, bytes | None]


def every_topic(world: "World") -> list[str]:
    topics = Topics(world.prefix)
    units = [unit for units in HOSTED.values() for unit in units]
    return [*topics.feeds, topics.reference, *map(topics.inbox, units)]


def hashed(value: bytes | None) -> str:
    return sha256(value or b"").hexdigest()


async def last_records(world: "World", topic: str, chance: random.Random | None, records: int) -> list[Record]:
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
            return [record for record in found if hashed(record.value) not in world.injected]
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


@asynccontextmanager
async def _consumer(world: "World") -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(bootstrap_servers=world.stack.kafka.bootstrap())
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


@asynccontextmanager
async def producing(world: "World") -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=world.stack.kafka.bootstrap(), acks="all", max_request_size=2 << 20)
    try:
        await producer.start()
        yield producer
    except AWAY as error:
        raise Missed(f"Kafka did not answer: {type(error).__name__}") from error
    finally:
        await producer.stop()
