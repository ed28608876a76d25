"""When nothing moves any more, and what was set aside: read from the databases and Kafka themselves."""

import asyncio
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.topics import Topics
from services.cli.rebuild import Name, differences
from services.runtime.database import connect
from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import cluster_id, feeds, inboxes
from tests.journeys.waiting import until

if TYPE_CHECKING:
    from tests.journeys.system import Service

WAITING = """
select (select count(*) from log, relay where log.pos > relay.pos and log.topic is not null) as unpublished,
       (select count(*) from log, relay where log.pos > relay.tracked and log.topic is not null
           and log.type = 'sanji.case.CaseReceived.v1') as untold,
       (select count(*) from relay_due where kind <> all($2::text[]) or tries = 0) as to_inboxes,
       (select count(*) from request_arrival) as requests,
       (select count(*) from reread) as to_read_again,
       (select count(*) from staged) as staged,
       (select pos from log_head) - (select coalesce(min(pos), 0) from checkpoint) as to_show,
       (select count(*) from relay where cluster <> $1) as on_another_kafka
"""
FOR_PEOPLE = ("order",)
"""What was sent waits for a person to answer, however often it is sent again meanwhile. Other kinds are answered by a
service."""
ASIDE = """
select stream, 'parked' as place from parked union select stream, 'quarantined' from quarantined
union select topic, 'dead' from dead_letter where settled_at is null
"""


async def at_rest(
    services: "Iterable[Service]",
    kafka: str,
    prefix: str,
    seconds: float,
    for_people: Collection[str] = FOR_PEOPLE,
    still: float = 0,
) -> None:
    """Return when two looks in a row, so many seconds apart, find nothing waiting and no log grown between them."""
    before: list[Any] = []
    every = list(services)
    cluster = await cluster_id(KafkaLink(kafka))
    async with AIOKafkaConsumer(bootstrap_servers=kafka) as consumer:

        async def look() -> list[Any]:
            nonlocal before
            await asyncio.sleep(still)
            then, before = before, [await _waits(service, consumer, cluster, prefix, for_people) for service in every]
            return [*before, *([] if then == before else ["looking once more"])]

        await until(look, lambda seen: all("log" in one and len(one) == 2 for one in seen), seconds)


async def _waits(
    service: "Service", consumer: AIOKafkaConsumer, cluster: str, prefix: str, for_people: Collection[str]
) -> dict[str, Any]:
    """What still waits there; at rest only the log's position and its name."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(service.dsn)
    try:
        row = await connection.fetchrow(WAITING, cluster, list(for_people))
        assert row is not None
        log = await connection.fetchval("select pos from log_head")
        read = await connection.fetch(
            "select topic, partition, next_offset from read_offset where cluster = $1", cluster
        )
    finally:
        await connection.close()
    topics = Topics(prefix)
    read_there = [*feeds(topics), *inboxes(topics, service.units)]
    there = await consumer.topics()
    partitions = [TopicPartition(t.name, p) for t in read_there if t.name in there for p in range(t.partitions)]
    ends = await consumer.end_offsets(partitions)
    done = {(r["topic"], r["partition"]): r["next_offset"] for r in read}
    unread = sum(max(0, end - done.get((at.topic, at.partition), 0)) for at, end in ends.items())
    waits = {name: n for name, n in row.items() if n}
    return {"name": service.name, "log": log, **waits, **({"unread": unread} if unread else {})}


async def aside(dsn: str) -> dict[str, str]:
    """By stream (of a dead letter its topic), where what is not in the log lies."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(dsn)
    try:
        return {row["stream"]: row["place"] for row in await connection.fetch(ASIDE)}
    finally:
        await connection.close()


async def quarantined(dsn: str) -> dict[bytes, str]:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(dsn)
    try:
        return {row["hash"]: row["reason"] for row in await connection.fetch("select hash, reason from quarantined")}
    finally:
        await connection.close()


async def superseded(dsn: str) -> set[bytes]:
    """Commands of what lost against an assumed custody."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(dsn)
    try:
        return {row["command"] for row in await connection.fetch("select command from log where not live")}
    finally:
        await connection.close()


async def views_bad(dsn: str) -> list[str]:
    """What of the views differs from a fresh fold."""
    pool = await connect(dsn, size=2)
    try:
        return [f"{view}: {one}" for view in Name for one in await differences(pool, view)]
    finally:
        await pool.close()
