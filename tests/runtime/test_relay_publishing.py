"""The relay publishes what the log holds: all of it, in order, as the very bytes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka.partitioner import DefaultPartitioner

from contracts.envelope import CONTENT_TYPE
from contracts.topics import FEED_PARTITIONS
from services.runtime.partition import Partitions
from tests.runtime.logs import draft, number, steps
from tests.runtime.relays import Office, office, reading


@pytest.fixture
async def here(database: str, bootstrap: str, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(database, bootstrap, topic_prefix, tmp_path) as found:
        yield found


async def append(here: Office, streams: int, events: int) -> None:
    topic = here.feed
    for start in range(0, streams, 500):
        await asyncio.gather(
            *(
                here.log.append(draft(steps(number(n), events).rows, topic=topic))
                for n in range(start, min(start + 500, streams))
            )
        )


def test_every_kafka_client_would_choose_the_same_partition() -> None:
    place, theirs = Partitions(FEED_PARTITIONS).place, DefaultPartitioner()
    names = [number(n) for n in range(2000)] + [f"unit/{'x' * n}" for n in range(40)] + ["request/ü", "a", "中文件"]
    every = list(range(FEED_PARTITIONS))
    assert [place(name) for name in names] == [(theirs(n.encode(), every, every), n.encode()) for n in names]


async def test_each_event_goes_out_once_in_its_streams_order_as_the_bytes_that_were_stored(here: Office) -> None:
    await here.make_topics()
    await append(here, 700, 10)
    async with here.relaying() as relay, reading(here.link.bootstrap, here.feed) as feed:
        assert await relay.acknowledged.reach(7000, 30)
        found = await feed.now()
        stored = {r["value"]: r["stream"] for r in await here.pool.fetch("select stream, value from log")}
        assert len(found) == 7000
        assert {r.value: (r.key or b"").decode() for r in found} == stored
        assert all(list(r.headers) == [("content-type", CONTENT_TYPE)] for r in found)
        told: dict[bytes | None, list[bytes | None]] = {}
        for record in found:
            told.setdefault(record.key, []).append(record.value)
        for key, values in told.items():
            assert key is not None
            kept = await here.pool.fetch("select value from log where stream = $1 order by seq", key.decode())
            assert values == [r["value"] for r in kept]
        assert await here.pool.fetchval("select pos from relay") == 7000
    assert relay.status.sent == 7000


async def test_what_is_appended_while_it_runs_goes_out_at_once(here: Office) -> None:
    await here.make_topics()
    async with here.relaying() as relay, reading(here.link.bootstrap, here.feed) as feed:
        for n in range(20):
            await here.log.append(draft(steps(number(n)).rows, topic=here.feed))
            assert await relay.acknowledged.reach(n + 1, 10)
        assert len(await feed.now()) == 20
