"""Kafka's topics, each from its first record to its present end, into the scratch file."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.chaos.checker.evidence import Evidence
from tests.chaos.checker.personal import Search
from tests.chaos.checker.records import Unreadable, read
from tests.chaos.checker.scratch import Scratch
from tests.chaos.checker.violations import Violations

FETCH_BYTES = 1 << 20
TRIES, PAUSE = 4, 2.0
MESSAGES = "sanji.inbox."
"""Types of what an inbox carries beside events; they are no history (protocol C5)."""


@dataclass(frozen=True, slots=True)
class Read:
    """`cluster` tells this Kafka from one that took its place; `ends` are offsets by topic and partition."""

    cluster: str
    ends: dict[tuple[str, int], int]
    records: int


async def read_all(evidence: Evidence, search: Search, scratch: Scratch, violations: Violations) -> Read:
    """Every event of feeds and inboxes goes into `sent`; whatever is personal in any topic is a violation.

    A Kafka that does not answer, on a busy machine, is asked again. Raises KafkaError.
    """
    for _ in range(TRIES - 1):
        found = Violations()
        with suppress(KafkaError, OSError):
            read_ = await _read_all(evidence, search, scratch, found)
            violations.join(found)
            return read_
        scratch.db.execute("delete from sent")
        await asyncio.sleep(PAUSE)
    return await _read_all(evidence, search, scratch, violations)


async def _read_all(evidence: Evidence, search: Search, scratch: Scratch, violations: Violations) -> Read:
    count = 0
    async with _consuming(evidence) as (consumer, cluster, partitions):
        ends = await consumer.end_offsets(partitions)
        left = {at for at, end in ends.items() if end}
        consumer.assign(sorted(left))
        if left:
            await consumer.seek_to_beginning()
        while left:
            for at, found in (await consumer.getmany(timeout_ms=1000)).items():
                scratch.put("sent", _events(at, found, evidence, search, violations))
                count += len(found)
            left -= {at for at in left if await consumer.position(at) >= ends[at]}
    scratch.db.execute("create index if not exists sent_stream on sent (stream, topic, part, at)")
    return Read(cluster, {(at.topic, at.partition): end for at, end in ends.items()}, count)


@asynccontextmanager
async def _consuming(evidence: Evidence) -> AsyncIterator[tuple[AIOKafkaConsumer, str, list[TopicPartition]]]:
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=evidence.kafka)
    await admin.start()
    try:
        cluster = str((await admin.describe_cluster())["cluster_id"])
        names = [name for name in await admin.list_topics() if name.startswith(evidence.prefix)]
        told = await admin.describe_topics(names) if names else []
    finally:
        await admin.close()
    partitions = [TopicPartition(topic["topic"], one["partition"]) for topic in told for one in topic["partitions"]]
    async with AIOKafkaConsumer(
        bootstrap_servers=evidence.kafka, enable_auto_commit=False, max_partition_fetch_bytes=FETCH_BYTES
    ) as consumer:
        yield consumer, cluster, partitions


def _events(
    at: TopicPartition, found: list[Any], evidence: Evidence, search: Search, violations: Violations
) -> list[tuple[Any, ...]]:
    feed = at.topic in evidence.feeds()
    inbox = at.topic.startswith(f"{evidence.prefix}inbox.")
    rows: list[tuple[Any, ...]] = []
    for one in found:
        value, place = one.value or b"", f"{at.topic}:{at.partition}:{one.offset}"
        hash_ = sha256(value).digest()
        if hash_ in evidence.injected:
            continue
        if (text := search.in_value(value)) is not None:
            violations.add("personal", f"{place} holds {text!r}, which is about a person")
        if not (feed or inbox):
            continue
        try:
            record = read(value, hash_)
        except Unreadable as error:
            if not (inbox and MESSAGES.encode() in value):
                violations.add("topic_stranger", f"{place} is no record, and nobody forged it: {error}")
            continue
        if (one.key or b"").decode(errors="replace") != record.stream:
            violations.add("topic_order", f"{place} has the key {one.key!r}", stream=record.stream)
        rows.append(
            (record.stream, at.topic, at.partition, one.offset, hash_, record.prev, record.unit, record.seq)
        )  # fmt: skip
    return rows
