"""Reading partitions from a given offset to their present end, by a consumer of its own and without a group."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError

from services.runtime.kafka_link import KafkaLink, started
from services.runtime.kafka_topics import administrator, partitions

BATCH = 2000
PATIENCE = 15
"""Seconds without anything before the end."""
ANSWER_SECONDS = 60
"""For each question to Kafka: aiokafka may wait for ever for a cluster that went away meanwhile."""


class CannotRead(Exception):
    """A topic is missing, or its end was not reached."""


async def read_to_end(
    link: KafkaLink,
    topics: Iterable[str],
    first: Callable[[TopicPartition], int | None],
) -> AsyncGenerator[Sequence[ConsumerRecord], None]:
    """Batches of records, of each partition in order, up to where it ended when this began.

    `first` gives the offset to begin at, None to leave a partition out. Raises CannotRead, KafkaError, TimeoutError.
    """
    reader = AIOKafkaConsumer(
        **link.options(), enable_auto_commit=False, auto_offset_reset="earliest", max_partition_fetch_bytes=4 << 20
    )
    async with started(reader) as consumer:
        async with asyncio.timeout(ANSWER_SECONDS):
            begins = {at: offset for at in await _partitions(link, topics) if (offset := first(at)) is not None}
            ends = await consumer.end_offsets(list(begins)) if begins else {}
        left = {at for at, end in ends.items() if begins[at] < end}
        consumer.assign(sorted(left))
        for at in left:
            consumer.seek(at, begins[at])
        while left:
            found = await consumer.getmany(timeout_ms=PATIENCE * 1000, max_records=BATCH)
            if not found:
                # Retention may have taken the last records of an inbox: then nothing is left to wait for.
                left = await _not_at(consumer, left, ends)
                if left:
                    raise CannotRead(f"the end of {', '.join(f'{t}-{p}' for t, p in sorted(left))} was not reached")
                return
            yield [record for at, records in found.items() for record in records if record.offset < ends[at]]
            left = await _not_at(consumer, left, ends)


async def _not_at(
    consumer: AIOKafkaConsumer, left: Iterable[TopicPartition], ends: Mapping[TopicPartition, int]
) -> set[TopicPartition]:
    async with asyncio.timeout(ANSWER_SECONDS):
        return {at for at in left if await consumer.position(at) < ends[at]}


async def _partitions(link: KafkaLink, topics: Iterable[str]) -> list[TopicPartition]:
    """Asked of Kafka itself: a consumer knows only of topics that it has subscribed to."""
    async with administrator(link) as admin:
        try:
            counts = await partitions(admin, set(topics), 0)
        except UnknownTopicOrPartitionError as error:
            raise CannotRead(f"not there: {error}") from None
    return [TopicPartition(topic, partition) for topic, count in counts.items() for partition in range(count)]
