"""The topics of a service: made where they are missing, counted where they exist (protocol B6)."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code

from contracts.topics import FEED_PARTITIONS, INBOX_PARTITIONS, INBOX_RETENTION_DAYS, Topics
from services.runtime.kafka_link import KafkaLink, start

DAY_MS = 86_400_000
KNOWN_SECONDS = 10.0
"""What a broker may take to hear of a topic that the controller has made."""
_ASK_AGAIN = 0.05
_UNKNOWN, _EXISTS, _NOT_ALLOWED = 3, 36, (29, 31)


class TopicsDiffer(Exception):
    """A topic has another number of partitions than agreed, or is missing and may not be made from here."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic as it must be. `days` None keeps it for ever."""

    name: str
    partitions: int
    days: int | None


def feeds(topics: Topics) -> list[Wanted]:
    """The feeds of all tiers and of the portal, and the reference data: kept for ever."""
    return [Wanted(name, FEED_PARTITIONS, None) for name in (*topics.feeds, topics.reference)]


def inboxes(topics: Topics, units: Iterable[str]) -> list[Wanted]:
    return [Wanted(topics.inbox(unit), INBOX_PARTITIONS, INBOX_RETENTION_DAYS) for unit in units]


def dead_letters(topics: Topics, service: str) -> Wanted:
    return Wanted(topics.deadletter(service), 1, INBOX_RETENTION_DAYS)


@asynccontextmanager
async def administrator(link: KafkaLink) -> AsyncGenerator[AIOKafkaAdminClient]:
    """Raises KafkaError when Kafka cannot be reached."""
    admin = AIOKafkaAdminClient(**link.options(), request_timeout_ms=10_000)
    try:
        await start(admin)
        yield admin
    finally:
        await admin.close()


async def cluster_id(link: KafkaLink) -> str:
    """What tells this Kafka from one that took its place. Raises KafkaError."""
    async with administrator(link) as admin:
        return str((await admin.describe_cluster())["cluster_id"])


async def ensure_topics(link: KafkaLink, wanted: Iterable[Wanted]) -> list[str]:
    """Make what is missing, leave what is there; the names made. Raises TopicsDiffer, KafkaError.

    Where only an operator may make topics, they must be there.
    """
    by_name = {topic.name: topic for topic in wanted}
    async with administrator(link) as admin:
        missing = [by_name[name] for name in sorted(by_name.keys() - set(await admin.list_topics()))]
        made: list[str] = []
        refused: set[str] = set()
        if missing:
            answer = await admin.create_topics([_new(topic) for topic in missing])
            for name, code, *_ in answer.topic_errors:
                if code == 0:
                    made.append(name)
                elif code in _NOT_ALLOWED:
                    refused.add(name)
                elif code != _EXISTS:
                    raise for_code(code)(name)
        if refused:
            raise TopicsDiffer(f"missing, and this user may not make them: {', '.join(sorted(refused))}")
        for name, count in (await partitions(admin, by_name.keys())).items():
            if count != by_name[name].partitions:
                raise TopicsDiffer(f"{name} has {count} partitions, and must have {by_name[name].partitions}")
    return made


async def partitions(
    admin: AIOKafkaAdminClient, names: Collection[str], seconds: float = KNOWN_SECONDS
) -> dict[str, int]:
    """How many each of these topics has. A broker answers that it does not know a topic until it has heard of it from
    the controller, who made it: so it is asked again, for so many seconds. Raises KafkaError."""
    counts: dict[str, int] = {}
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    while waiting := sorted(set(names) - counts.keys()):
        for found in await admin.describe_topics(waiting):
            name, code = found["topic"], found["error_code"]
            if code == 0:
                counts[name] = len(found["partitions"])
            elif code != _UNKNOWN or clock() > until:
                raise for_code(code)(name)
        if len(counts) < len(names):
            await asyncio.sleep(_ASK_AGAIN)
    return counts


def _new(topic: Wanted) -> NewTopic:
    """With as many replicas as the cluster makes by default (-1). Records bear the broker's time: of a producer whose
    clock is over an hour ahead Kafka takes nothing else, and by one that is behind a letter would be deleted early."""
    retention = -1 if topic.days is None else topic.days * DAY_MS
    settings = {
        "retention.ms": str(retention),
        "cleanup.policy": "delete",
        "message.timestamp.type": "LogAppendTime",
    }
    return NewTopic(topic.name, topic.partitions, -1, {}, settings)
