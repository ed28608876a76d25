"""What lies in Kafka's topics, read from the first record."""

from collections.abc import Iterable

from services.runtime.kafka_link import KafkaLink
from services.runtime.whole_reading import read_to_end


async def values(kafka: str, topics: Iterable[str]) -> dict[str, list[bytes]]:
    """By topic, every value up to its present end."""
    found: dict[str, list[bytes]] = {topic: [] for topic in topics}
    async for records in read_to_end(KafkaLink(kafka), found, lambda at: 0):
        for record in records:
            assert record.value is not None
            found[record.topic].append(record.value)
    return found
