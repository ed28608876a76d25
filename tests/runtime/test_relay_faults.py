"""Whatever fails between the log and Kafka: repeated, never lost, and only one process moves the checkpoint."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from deploy.local import Stack
from services.runtime.leadership import LOCK
from services.runtime.relay import Relay
from tests.runtime.logs import draft, number, running, steps
from tests.runtime.relays import Office, office, reading, seen

SENT = "select count(*) from log where topic is not null"


@pytest.fixture
async def here(database: str, bootstrap: str, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(database, bootstrap, topic_prefix, tmp_path) as found:
        await found.make_topics()
        yield found


async def append(here: Office, first: int, count: int = 50) -> None:
    topic = here.feed
    await asyncio.gather(
        *(here.log.append(draft(steps(number(n)).rows, topic=topic)) for n in range(first, first + count))
    )


async def test_the_marker_is_written_before_anything_is_sent(here: Office) -> None:
    await append(here, 0)
    allowed, asked = asyncio.Event(), asyncio.Event()

    async def announce(highest: int) -> None:
        here.markers.append(highest)
        asked.set()
        await allowed.wait()

    here.announce = announce  # type: ignore[method-assign]
    async with here.relaying() as relay, reading(here.link.bootstrap, here.feed) as feed:
        await asyncio.wait_for(asked.wait(), 20)
        assert here.markers == [50]
        assert await feed.now() == []
        allowed.set()
        assert await relay.acknowledged.reach(50, 20)
        assert len(await feed.now()) == 50


async def test_a_crash_between_sending_and_the_checkpoint_repeats_and_loses_nothing(here: Office) -> None:
    async def announce(highest: int) -> None:
        here.markers.append(highest)
        if here.markers.count(highest) == 1:
            await here.pool.execute("update relay set leader = leader + 1")

    await append(here, 0)
    here.announce = announce  # type: ignore[method-assign]
    async with here.relaying() as relay, reading(here.link.bootstrap, here.feed) as feed:
        # refused, so the relay leads anew from the checkpoint that it could not move
        assert await relay.acknowledged.reach(50, 20)
        assert here.markers == [50, 50]
        found = await feed.until(100)
        assert seen(found) == {r["value"] for r in await here.pool.fetch("select value from log")}
        assert await here.pool.fetchval("select pos from relay") == 50


async def test_of_two_relays_one_leads_and_the_other_takes_over_when_its_session_is_lost(here: Office) -> None:
    first, second = here.relay(), here.relay()
    await append(here, 0)
    async with running(first, second):
        await reached(50, first, second)
        leads = [relay.status.leads for relay in (first, second)]
        assert sorted(leads) == [False, True]
        epoch = await here.pool.fetchval("select leader from relay")
        await here.pool.execute(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = $1", LOCK
        )
        await append(here, 50)
        await reached(100, first, second)
        assert await here.pool.fetchval("select leader from relay") > epoch
        assert await here.pool.fetchval("select pos from relay") == 100


async def reached(pos: int, *relays: Relay) -> None:
    """Until one of them has all acknowledged up to `pos`."""
    async with asyncio.timeout(20):
        waiting = [asyncio.ensure_future(relay.acknowledged.reach(pos)) for relay in relays]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for each in waiting:
            each.cancel()


async def test_a_stale_leader_cannot_move_the_checkpoint(here: Office) -> None:
    await append(here, 0)
    async with here.relaying() as relay:
        assert await relay.acknowledged.reach(50, 20)
        old, cluster = await here.pool.fetchrow("select leader, cluster from relay") or (0, "")
    async with here.relaying() as relay:
        await append(here, 50)
        assert await relay.acknowledged.reach(100, 20)
        refused = await here.pool.fetchval(
            "update relay set pos = 60 where leader = $1 and cluster = $2 returning pos", old, cluster
        )
        assert refused is None


async def test_while_the_link_is_cut_everything_waits_in_the_log_and_then_goes_out(here: Office, stack: Stack) -> None:
    link = stack.kafka.bootstrap("township")
    away = Office(here.log, here.dsn, type(here.link)(link), here.host, here.keys, here.vault)
    async with (
        stack.kafka.proxy("township") as proxy,
        reading(here.link.bootstrap, here.feed) as feed,
        away.relaying() as relay,
    ):
        await append(here, 0)
        assert await relay.acknowledged.reach(50, 20)
        await proxy.cut()
        await append(here, 50, 500)
        assert not await relay.acknowledged.past(50, 1.5)
        assert relay.status.oldest is not None
        assert await here.pool.fetchval("select pos from relay") == 50
        await proxy.mend()
        assert await relay.acknowledged.reach(550, 30)
        assert len(await feed.now()) == 550
        assert relay.status.problem is None


async def test_a_relay_that_starts_without_kafka_says_so_and_begins_when_it_is_there(
    here: Office, stack: Stack
) -> None:
    await append(here, 0)
    away = Office(
        here.log, here.dsn, type(here.link)(stack.kafka.bootstrap("township")), here.host, here.keys, here.vault
    )
    async with away.relaying() as relay:
        async with asyncio.timeout(10):
            while not (relay.status.problem or "").startswith("kafka_away"):
                await relay.acknowledged.past(0, 0.05)
        async with asyncio.timeout(10):
            while relay.status.oldest is None:
                await relay.acknowledged.past(0, 0.05)
        async with stack.kafka.proxy("township"):
            assert await relay.acknowledged.reach(50, 30)


async def test_a_database_that_forgot_copies_gives_their_positions_to_what_is_published_all_the_same(
    here: Office,
) -> None:
    async with here.relaying() as relay, reading(here.link.bootstrap, here.feed) as feed:
        await append(here, 0)
        assert await relay.acknowledged.reach(50, 20)
        for n in range(100, 110):
            await here.log.append(draft(steps(number(n)).rows, topic=None))
        before = relay.acknowledged
        assert await before.reach(60, 20)
        # A crash takes what nobody waited for, and the session that led.
        await here.pool.execute("delete from log where pos > 50")
        await here.pool.execute("update log_head set pos = 50")
        await here.pool.execute(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = $1", LOCK
        )
        async with asyncio.timeout(20):
            while relay.acknowledged is before:
                await before.past(1000, 0.02)
        await append(here, 50, 5)
        assert len(seen(await feed.until(55))) == 55


async def test_a_stop_publishes_what_is_queued_and_moves_the_checkpoint(here: Office) -> None:
    async with here.relaying() as relay:
        await append(here, 0, 1)
        assert await relay.acknowledged.reach(1, 20)
        await append(here, 1, 300)
    assert await here.pool.fetchval("select pos from relay") == 301
    async with reading(here.link.bootstrap, here.feed) as feed:
        assert len(await feed.now()) == 301


async def test_on_another_kafka_everything_is_published_again_copied_back_events_included(
    here: Office, stack: Stack
) -> None:
    await append(here, 0)
    async with here.relaying() as relay:
        assert await relay.acknowledged.reach(50, 20)
        before = relay.status.cluster
        await append(here, 50, 1)
        assert await relay.acknowledged.reach(51, 20)
        await asyncio.to_thread(stack.kafka.wipe)
        await append(here, 51)
        await here.make_topics()
        async with asyncio.timeout(40):
            while relay.status.cluster == before:
                await relay.acknowledged.past(10_000, 0.1)
        assert await relay.acknowledged.reach(101, 30)
        async with reading(here.link.bootstrap, here.feed) as feed:
            assert seen(await feed.now()) == {r["value"] for r in await here.pool.fetch("select value from log")}
    assert relay.status.cluster == stack.kafka.cluster_id != before


async def test_a_relay_with_nothing_to_say_publishes_everything_again_on_an_empty_kafka(
    here: Office, stack: Stack
) -> None:
    await append(here, 0)
    async with here.relaying() as relay:
        assert await relay.acknowledged.reach(50, 20)
        before = relay.status.cluster
        await asyncio.to_thread(stack.kafka.wipe)
        await here.make_topics()
        async with asyncio.timeout(40):
            while relay.status.cluster == before:
                await relay.acknowledged.past(10_000, 0.1)
        assert await relay.acknowledged.reach(50, 30)
        async with reading(here.link.bootstrap, here.feed) as feed:
            assert len(await feed.now()) == 50


async def test_an_idle_relay_shows_that_kafka_is_away_and_that_it_is_back(here: Office, stack: Stack) -> None:
    await append(here, 0)
    async with here.relaying() as relay:
        assert await relay.acknowledged.reach(50, 20)
        await asyncio.to_thread(stack.kafka.stop)
        try:
            async with asyncio.timeout(40):
                while relay.status.problem is None:
                    await relay.acknowledged.past(10_000, 0.1)
        finally:
            await asyncio.to_thread(stack.kafka.start)
        async with asyncio.timeout(40):
            while relay.status.problem is not None:
                await relay.acknowledged.past(10_000, 0.1)


async def test_when_the_database_goes_away_nothing_is_sent_and_then_it_goes_on(here: Office, stack: Stack) -> None:
    await append(here, 0)
    async with here.relaying() as relay:
        assert await relay.acknowledged.reach(50, 20)
        await asyncio.to_thread(stack.postgres.kill9)
        async with asyncio.timeout(20):
            while relay.status.leads:
                await relay.acknowledged.past(10_000, 0.05)
        await asyncio.to_thread(stack.postgres.start)
        async with asyncio.timeout(20):
            while True:
                try:
                    await append(here, 50, 10)
                except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, Exception):
                    await relay.acknowledged.past(10_000, 0.2)
                else:
                    break
        head = await here.pool.fetchval("select pos from log_head")
        async with asyncio.timeout(30):
            while not await relay.acknowledged.reach(head, 0.2):
                pass
