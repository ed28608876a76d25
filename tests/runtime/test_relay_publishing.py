"""The relay publishes what the log holds: all of it, in order, as the very bytes."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiokafka.partitioner import DefaultPartitioner

from contracts.case import CustodyAssumed, StepCompleted, StepStarted
from contracts.envelope import CONTENT_TYPE
from contracts.fields import Ciphertext
from contracts.topics import FEED_PARTITIONS
from services.runtime import outbox
from services.runtime.outbox import CHUNK_BYTES, Chunk, chunk_of, read_chunk
from services.runtime.partition import Partitions
from tests.runtime.logs import THERE, draft, number, rows, steps
from tests.runtime.relays import Office, office, reading, received, seen


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


async def test_an_office_whose_clock_is_days_ahead_publishes_all_the_same(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = 2 * 86_400
    monkeypatch.setattr(outbox, "time", SimpleNamespace(time=lambda: time.time() + days))
    await here.make_topics()
    await append(here, 3, 10)
    async with here.relaying() as relay, reading(here.link.bootstrap, here.feed) as feed:
        assert await relay.acknowledged.reach(30, 30)
        stamps = [record.timestamp / 1000 for record in await feed.now()]
        assert len(stamps) == 30
        assert max(stamps) < time.time() + days / 2


async def test_what_is_appended_while_it_runs_goes_out_at_once(here: Office) -> None:
    await here.make_topics()
    async with here.relaying() as relay, reading(here.link.bootstrap, here.feed) as feed:
        for n in range(20):
            await here.log.append(draft(steps(number(n)).rows, topic=here.feed))
            assert await relay.acknowledged.reach(n + 1, 10)
        assert len(await feed.now()) == 20


async def test_each_event_goes_to_its_own_topic_though_they_follow_each_other_in_the_log(here: Office) -> None:
    await here.make_topics()
    reference = here.host.topics.reference
    for n in range(30):
        await here.log.append(draft(steps(number(n)).rows, topic=reference if n % 3 == 0 else here.feed))
    async with (
        here.relaying() as relay,
        reading(here.link.bootstrap, here.feed) as feed,
        reading(here.link.bootstrap, reference) as other,
    ):
        assert await relay.acknowledged.reach(30, 20)
        for reader, topic in ((feed, here.feed), (other, reference)):
            kept = await here.pool.fetch("select value from log where topic = $1", topic)
            assert seen(await reader.now()) == {r["value"] for r in kept}


async def test_what_was_written_a_moment_ago_is_what_the_log_would_give(here: Office) -> None:
    received_here = rows(number(1), [received(number(1), b"k" * 32), StepStarted(step="review")])
    assumed = rows(number(2), [CustodyAssumed(order="o-1", reason="overdue")], epoch=1)
    for one in (
        draft(received_here, topic=here.feed),
        draft(steps(number(3)).rows, topic=None),
        draft(steps(number(4)).rows, topic=here.host.topics.reference),
        draft(assumed, topic=here.feed),
        draft(steps(number(5, THERE)).rows, topic=None),
    ):
        await here.log.append(one)
    own = sorted(here.host.own)
    read = await read_chunk(here.pool, 0, 100, own)
    kept = here.log.tide.lately.published(0, 100)
    assert kept is not None
    at_once = chunk_of(kept[1], kept[0], own)
    assert isinstance(read, Chunk)
    assert isinstance(at_once, Chunk)
    assert replace(at_once, oldest=read.oldest) == read
    assert read.receipts == [number(1)]
    assert len(read.assumed) == 1
    assert chunk_of([], 7, own) == 7


async def test_where_records_are_big_a_read_takes_fewer(here: Office) -> None:
    await here.make_topics()
    note = Ciphertext("v1." + "A" * 16_000)
    for n in range(3):
        told = [StepCompleted(step=f"s{i}", outcome="done", note=note) for i in range(700)]
        await here.log.append(draft(rows(number(n), told), topic=here.feed))
    first = await read_chunk(here.pool, 0, 700, [])
    assert isinstance(first, Chunk)
    assert first.next_limit() == CHUNK_BYTES * 700 // first.size < 1100
    async with here.relaying() as relay, reading(here.link.bootstrap, here.feed) as feed:
        assert await relay.acknowledged.reach(2100, 30)
        assert len(seen(await feed.now())) == 2100
