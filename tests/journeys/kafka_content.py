"""What lies in Kafka's topics, read from the first record."""

from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition


async def values(kafka: str, topics: Iterable[str]) -> dict[str, list[bytes]]:
    """By topic, every value up to its present end."""
    found: dict[str, list[bytes]] = {topic: [] for topic in topics}
    async with AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False) as consumer:
        there = await consumer.topics()
        at = [TopicPartition(t, p) for t in found if t in there for p in consumer.partitions_for_topic(t) or ()]
        ends = await consumer.end_offsets(at)
        consumer.assign(at)
        await consumer.seek_to_beginning(*at)
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for partition, records in (await consumer.getmany(timeout_ms=500)).items():
                found[partition.topic] += [record.value for record in records if record.value is not None]
    return found
