"""A modelled cluster: topics of partitions of records, an id, and group offsets that nobody should rely on."""

from collections import defaultdict
from zlib import crc32

from tests.simulation.records import Message

FEED_PARTITIONS = 2


class Kafka:
    def __init__(self, cluster: str) -> None:
        self.cluster = cluster
        self.partitions: defaultdict[tuple[str, int], list[Message]] = defaultdict(list)
        self.groups: dict[tuple[str, str, int], int] = {}

    def send(self, topic: str, stream: str, message: Message) -> None:
        self.partitions[topic, partition_of(topic, stream)].append(message)


def partition_of(topic: str, stream: str) -> int:
    return 0 if topic.startswith("inbox.") else crc32(stream.encode()) % FEED_PARTITIONS


def partitions(topic: str) -> range:
    return range(1 if topic.startswith("inbox.") else FEED_PARTITIONS)
