"""Kafka for the rows that need it: topics, and a bare producer that is told what ours is told."""

import time
from collections.abc import Sequence
from typing import Any

import aiokafka

from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import Wanted, ensure_topics
from services.runtime.outbox import batches
from services.runtime.partition import Partitions
from services.runtime.producing import MAX_BATCH
from tests.bench.harness import Bench

PARTITIONS = 6


def link(bench: Bench) -> KafkaLink:
    return KafkaLink(bench.stack.kafka.bootstrap())


async def make_topic(bench: Bench, name: str) -> None:
    await ensure_topics(link(bench), [Wanted(name, PARTITIONS, None)])


async def send_bare(bench: Bench, topic: str, streams: Sequence[str], values: Sequence[bytes]) -> float:
    """Records a second of `send_batch`, acks=all and idempotent, each batch for one partition; connecting and the
    choice of partitions not counted."""
    made: Any = aiokafka.AIOKafkaProducer
    producer: Any = made(
        acks="all", enable_idempotence=True, max_batch_size=MAX_BATCH, linger_ms=0, **link(bench).options()
    )
    await producer.start()
    try:
        await producer.partitions_for(topic)
        places = Partitions(PARTITIONS, len(streams))
        for stream in streams:
            places.place(stream)
        begun = time.perf_counter()
        sent = [
            await producer.send_batch(batch, topic, partition=partition)
            for partition, batch in batches(list(streams), list(values), places, producer.create_batch)
        ]
        for acknowledged in sent:
            await acknowledged
        return len(values) / (time.perf_counter() - begun)
    finally:
        await producer.stop()


async def ends(bench: Bench, topic: str) -> dict[Any, int]:
    """The next offset of each of the topic's partitions."""
    async with _consumer(bench) as consumer:
        return dict(await consumer.end_offsets(_partitions(topic)))


async def values_since(bench: Bench, topic: str, since: dict[Any, int]) -> list[bytes]:
    """The records from these offsets to the topic's end, read back."""
    values: list[bytes] = []
    async with _consumer(bench) as consumer:
        left = {place: end for place, end in (await consumer.end_offsets(list(since))).items() if end > since[place]}
        consumer.assign(list(left))
        for place in left:
            consumer.seek(place, since[place])
        while left:
            for place, records in (await consumer.getmany(timeout_ms=1_000)).items():
                values += [record.value for record in records]
                if records[-1].offset + 1 >= left[place]:
                    consumer.pause(place)
                    del left[place]
    return values


def _consumer(bench: Bench) -> Any:
    made: Any = aiokafka.AIOKafkaConsumer
    return made(enable_auto_commit=False, **link(bench).options())


def _partitions(topic: str) -> list[Any]:
    made: Any = aiokafka.TopicPartition
    return [made(topic, number) for number in range(PARTITIONS)]
