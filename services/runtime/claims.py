"""Whether another service reads the inboxes of the units hosted here.

Two databases that both write in one unit's name would each give out its terms. Who reads an inbox is known to Kafka:
each reader names its service and the incarnation of its database, so that several processes of one service agree.
"""

import asyncio
from collections.abc import Collection

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata

from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import administrator

log = structlog.get_logger(__name__)
PATIENCE = 15.0
"""Seconds. Kafka counts a reader that was killed among the living until its session is over; aiokafka asks for ten."""
LOOK_EVERY = 0.5


def reader(service: str, incarnation: str) -> str:
    """How a service names itself to Kafka."""
    return f"{service}@{incarnation}"


async def read_elsewhere(link: KafkaLink, inboxes: Collection[str], us: str, patience: float = PATIENCE) -> str | None:
    """The reader of one of these inboxes that is not `us`, when it is still there after `patience` seconds; None when
    there is none. Raises KafkaError."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    async with administrator(link) as admin:
        while (other := await _other(admin, frozenset(inboxes), us)) is not None and loop.time() < end:
            log.warning("inbox_read_elsewhere", by=other)
            await asyncio.sleep(LOOK_EVERY)
    return other


async def _other(admin: AIOKafkaAdminClient, inboxes: frozenset[str], us: str) -> str | None:
    for group, kind in await admin.list_consumer_groups():
        # One by one: aiokafka 0.14 reads the newest answer by an older shape, and goes astray after the first group.
        for answer in await admin.describe_consumer_groups([group]) if kind == "consumer" else ():
            for _, client, _, reads, _ in answer.groups[0][5]:
                if "@" in client and client != us and reads and not inboxes.isdisjoint(_topics(reads)):
                    return client
    return None


def _topics(reads: bytes) -> list[str]:
    return list(ConsumerProtocolMemberMetadata.decode(reads).subscription)
