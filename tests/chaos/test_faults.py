"""Each kind of fault once, over a system at work: that it strikes, that it ends, and that the work goes on after it.

`make chaos` runs it in a network of its own.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from services.cli.verify.run import verify
from services.cli.verify.sources import Service as Copies
from tests.chaos.crash_points import POINTS, RESTORED
from tests.chaos.faults import FAULTS
from tests.chaos.faults.clock import OFFICE_TIME
from tests.chaos.namespace import inside
from tests.chaos.schedule import ENDS, FORGED, LOCKS, POISON, SERVICES, Fault
from tests.chaos.world import World
from tests.journeys import rest
from tests.journeys.clerk import SEND_AGAIN, Answer, Clerk
from tests.journeys.places import CITY, DATONG, SHANGYAO
from tests.journeys.waiting import until

pytestmark = pytest.mark.timeout(600)
SOON = 90.0
"""Seconds in which what is whole again must show it, on a busy machine."""
UNITS = {"township": SHANGYAO, "district": DATONG, "city": CITY}
UP = {"township": DATONG, "district": CITY}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world() -> AsyncIterator[World]:
    async with started(brokers=1) as made:
        yield made


@asynccontextmanager
async def started(brokers: int) -> AsyncIterator[World]:
    assert inside(), "run it by `make chaos`, or `python -m tests.chaos.namespace -m pytest tests/chaos`"
    folders = [Path(tempfile.mkdtemp(prefix="sanji-chaos-")) for _ in range(2)]
    try:
        async with World(folders[0], folders[1], brokers) as made:
            yield made
    finally:
        for folder in folders:
            shutil.rmtree(folder)


def strike(world: World, kind: str, target: str, lasts: float = 4, **more: object) -> "asyncio.Task[dict[str, Any]]":
    """The fault, going on."""

    async def going_on() -> dict[str, Any]:
        return await FAULTS[kind](world, Fault(0, kind, target, lasts, more)) or {}

    return asyncio.create_task(going_on())


async def receives(clerk: Clerk, key: str | None = None) -> Answer:
    """As a careful client, until it is acknowledged."""
    key = key or uuid4().hex

    async def once() -> Answer | None:
        try:
            async with asyncio.timeout(15):
                found = await clerk.receive(key=key)
        except (httpx.TransportError, TimeoutError):
            return None
        return None if found.status in SEND_AGAIN else found

    found = await until(once, lambda seen: seen is not None, SOON)
    assert found is not None
    assert found.done, found
    return found


async def silent(world: World, tier: str, seconds: float = 1.0) -> bool:
    """Whether it acknowledges no receipt within that time."""
    try:
        async with asyncio.timeout(seconds):
            return not (await world.clerk(UNITS[tier]).receive()).done
    except (httpx.TransportError, TimeoutError):
        return True


@asynccontextmanager
async def at_work(world: World, tier: str) -> AsyncIterator[None]:
    """Cases are received there and sent up all the time."""

    async def work() -> None:
        clerk = world.clerk(UNITS[tier])
        while True:
            number = (await receives(clerk)).number
            try:
                async with asyncio.timeout(5):
                    await clerk.act(number, "refer", to=UP[tier], kind="forward_up", reason="route")
            except (httpx.TransportError, TimeoutError):
                continue

    working = asyncio.create_task(work())
    try:
        yield
        assert not working.done(), working.exception()
    finally:
        working.cancel()
        await asyncio.wait([working])


async def works(world: World) -> None:
    """A case goes from the township to the district, which takes it."""
    township, district = world.clerk(SHANGYAO), world.clerk(DATONG)
    number = (await receives(township)).number

    async def surely(clerk: Clerk, act: str, **body: object) -> None:
        found = await clerk.surely(f"/cases/{number}/{act}", body, uuid4().hex)
        assert found.done, found

    await surely(township, "refer", to=DATONG, kind="forward_up", reason="route")
    await until(lambda: _arrived(district, number), bool, SOON)
    await surely(district, "acknowledge")


async def _arrived(clerk: Clerk, number: str) -> bool:
    try:
        found = await clerk.case(number)
    except httpx.TransportError:
        return False
    return found.done and found.case["custody"]["arrived"]


async def published(world: World, tier: str) -> bool:
    """Whether Kafka has all that this service wrote."""
    said = (await world.answers(tier)).get("positions")
    return bool(said) and said["relay"] >= said["log"]


async def recorded(world: World, tier: str, number: str) -> datetime:
    """When the service says that it received the case."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(world.services[tier].dsn)
    try:
        return await connection.fetchval("select recorded from log where stream = $1 and seq = 1", number)
    finally:
        await connection.close()


def pid(world: World, tier: str) -> int:
    process = world.services[tier].process
    assert process is not None
    return process.pid


@pytest.mark.parametrize("tier", SERVICES)
async def test_a_killed_service_is_another_process_afterwards(world: World, tier: str) -> None:
    before = pid(world, tier)
    await strike(world, "kill_service", tier, 1)
    await until(lambda: world.answers(tier), lambda said: said.get("ready"), SOON)
    assert pid(world, tier) != before
    await works(world)


@pytest.mark.parametrize("point", POINTS)
async def test_a_service_dies_at_the_point_that_was_named_and_comes_back(world: World, point: str) -> None:
    before = pid(world, "township")
    async with at_work(world, "township"):
        told = await strike(world, "kill_at_point", "township", 60, point=point, nth=2, down=0.2)
        await until(lambda: world.answers("township"), lambda said: said.get("ready"), SOON)
    assert told["passed_after"] < 60
    assert pid(world, "township") != before
    await works(world)


@pytest.mark.parametrize("beside", [True, False])
async def test_every_service_is_replaced_while_the_others_work(world: World, beside: bool) -> None:
    before = {tier: pid(world, tier) for tier in SERVICES}
    async with at_work(world, "township"):
        told = await strike(world, "upgrade", "services", 10, order=list(SERVICES), beside=beside)
    assert told["upgraded"] == list(SERVICES)
    assert all(pid(world, tier) != before[tier] for tier in SERVICES)
    await works(world)


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("deposed", [False, True])
async def test_two_processes_of_a_service_work_side_by_side_and_one_goes_on(
    world: World, ends: str, deposed: bool
) -> None:
    async with at_work(world, "township"):
        told = await strike(world, "second_process", "township", 12, ends=ends, deposed=deposed)
        await until(lambda: world.answers("township"), lambda said: said.get("ready"), SOON)
    assert told == {"goes_on": "second" if ends.startswith("first") else "first"}
    await works(world)


@pytest.mark.parametrize(("kind", "more"), [("pause_service", {}), ("slow_consumer", {"stopped": 2.0, "runs": 0.1})])
async def test_a_service_that_stands_still_says_nothing_and_then_goes_on(
    world: World, kind: str, more: dict[str, float]
) -> None:
    before = pid(world, "township")
    fault = strike(world, kind, "township", 6, **more)
    await asyncio.sleep(0.2)
    assert await silent(world, "township")
    await fault
    await works(world)
    assert pid(world, "township") == before


async def test_while_postgresql_stands_still_nothing_is_acknowledged(world: World) -> None:
    fault = strike(world, "pause_server", "postgres")
    await asyncio.sleep(0.5)
    assert await silent(world, "city")
    await fault
    await works(world)


async def nothing_gets_through(world: World, kind: str, lasts: float = 8, **more: object) -> None:
    """While Kafka is away from the township its receipts are acknowledged and lie in its log."""
    await until(lambda: published(world, "township"), bool, SOON)
    fault = strike(world, kind, more.pop("target", "kafka"), lasts, **more)  # pyright: ignore[reportArgumentType]
    await asyncio.sleep(1)
    assert (await receives(world.clerk(SHANGYAO))).done
    await asyncio.sleep(1)
    assert not await published(world, "township")
    await fault
    await until(lambda: published(world, "township"), bool, SOON)
    await works(world)


@pytest.mark.parametrize("kind", ["kill_kafka", "pause_server"])
async def test_without_kafka_receipts_are_acknowledged_and_published_later(world: World, kind: str) -> None:
    before = world.stack.kafka.pid
    await nothing_gets_through(world, kind)
    assert (world.stack.kafka.pid != before) == (kind == "kill_kafka")


async def test_on_a_full_disk_kafka_takes_nothing_and_has_afterwards_what_it_had_before(world: World) -> None:
    async with at_work(world, "township"):
        fault = strike(world, "fill_disk", "kafka", 20)

        async def problem() -> object:
            return ((await world.answers("township")).get("relay") or {}).get("problem")

        await until(problem, bool, 20)
        await receives(world.clerk(SHANGYAO))
        await fault
    await until(lambda: published(world, "township"), bool, SOON)
    await works(world)


@pytest.mark.parametrize("how", ["drop", "reset"])
@pytest.mark.parametrize("ways", [["requests", "answers"], ["requests"], ["answers"]])
async def test_a_link_to_kafka_is_cut_both_ways_or_one(world: World, ways: list[str], how: str) -> None:
    await nothing_gets_through(world, "cut", target="township", to="kafka", ways=ways, how=how)


async def test_a_service_whose_clients_are_cut_off_is_silent_and_may_have_done_what_they_asked(world: World) -> None:
    clerk, key = world.clerk(CITY), uuid4().hex
    fault = strike(world, "cut_one_way", "city", to="clients", ways=["answers"], how="drop")
    await asyncio.sleep(0.5)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await clerk.receive(key=key)
    await fault
    number = (await receives(clerk, key)).number
    assert (await receives(clerk, key)).number == number


async def test_a_link_that_flaps_is_whole_again_in_the_end(world: World) -> None:
    more = {"to": "clients", "ways": ["requests", "answers"], "how": "reset", "cut": 1.5, "whole": 0.5}
    fault = strike(world, "flap", "city", 4, **more)
    await asyncio.sleep(0.2)
    assert await silent(world, "city", 0.5)
    await fault
    await works(world)


async def test_postgresql_is_stopped_in_the_midst_and_recovers(world: World) -> None:
    before = world.stack.postgres.pid
    async with at_work(world, "township"):
        await strike(world, "stop_database", "postgres", 1)
        await receives(world.clerk(CITY))
    assert world.stack.postgres.pid != before
    await works(world)


async def test_sessions_are_ended_while_they_are_used(world: World) -> None:
    async with at_work(world, "township"):
        told = await strike(world, "end_sessions", "township", 2, share=1.0, times=2)
    assert told["ended"] >= 2
    await works(world)


async def test_a_service_that_gets_no_connection_acknowledges_nothing_and_then_goes_on(world: World) -> None:
    fault = strike(world, "exhaust_pool", "city", 5, left=0)
    await asyncio.sleep(1.5)
    assert await silent(world, "city", 2)
    await fault
    await receives(world.clerk(CITY))
    await works(world)


@pytest.mark.parametrize("lock", LOCKS)
async def test_what_somebody_locks_waits_until_he_lets_go(world: World, lock: str) -> None:
    fault = strike(world, "hold_lock", "township", 4, lock=lock)
    await asyncio.sleep(1)
    if lock in ("head", "log"):
        assert await silent(world, "township")
    await fault
    await works(world)


async def test_on_a_full_disk_postgresql_acknowledges_nothing_and_loses_nothing(world: World) -> None:
    clerk = world.clerk(CITY)
    before = (await receives(clerk)).number
    async with at_work(world, "township"):
        fault = strike(world, "fill_disk", "postgres", 20)
        await until(lambda: silent(world, "city"), bool, 20)
        await fault
    await receives(clerk)
    assert (await clerk.case(before)).done
    await works(world)


async def test_a_rebuild_that_dies_in_its_swap_leaves_the_view_to_the_next_one(world: World) -> None:
    for point in ("before_rebuild_swap", "in_rebuild_swap"):
        async with at_work(world, "township"):
            told = await strike(world, "kill_rebuild", "township", 8, view="cases", point=point)
        assert told["codes"] == [-9, 0]
    await works(world)


@pytest.mark.parametrize("dies", [None, *RESTORED])
async def test_a_database_that_was_put_back_knows_again_what_it_had_published(world: World, dies: str | None) -> None:
    clerk, keys = world.clerk(SHANGYAO), [uuid4().hex for _ in range(5)]
    fault = strike(world, "restore_backup", "township", 8, dies=dies)
    folder = world.folder / "backups"
    made = len(list(folder.glob("*.dump")))
    await until(lambda: asyncio.sleep(0, len(list(folder.glob("*.dump")))), lambda n: n > made, SOON)
    numbers = [(await receives(clerk, key)).number for key in keys]
    told = await fault
    assert told["written_since"] >= len(keys)
    assert told["died"] == (dies is not None)
    if not told["lost"]:
        assert [(await receives(clerk, key)).number for key in keys] == numbers
    await works(world)


async def test_an_empty_kafka_takes_the_place_of_the_old_one(world: World) -> None:
    before = world.stack.kafka.cluster_id
    await strike(world, "wipe_kafka", "kafka")
    assert world.stack.kafka.cluster_id != before
    assert world.clusters_replaced
    await until(lambda: published(world, "township"), bool, SOON)
    await works(world)


@pytest.mark.parametrize("restart", [False, True])
async def test_a_clock_is_two_hours_wrong_for_a_while(world: World, restart: bool) -> None:
    clerk = world.clerk(DATONG)
    fault = strike(world, "set_clock", "district", 8, by=-7200, restart=restart)
    await asyncio.sleep(3)
    number = (await receives(clerk)).number
    assert abs(datetime.now(UTC) - timedelta(hours=2) - await recorded(world, "district", number)) < timedelta(
        minutes=1
    )
    await fault
    await asyncio.sleep(2)
    number = (await receives(clerk)).number
    assert abs(datetime.now(UTC) - await recorded(world, "district", number)) < timedelta(minutes=1)
    await works(world)


async def test_it_is_tomorrow_for_one_service_which_is_a_holiday(world: World) -> None:
    tomorrow = datetime.now(OFFICE_TIME).date() + timedelta(days=1)
    assert (await world.clerk(CITY).get("/calendars")).body["calendars"][0]["marks"][0]["day"] == tomorrow.isoformat()
    fault = strike(world, "cross_midnight", "district", 12, before=2)
    await asyncio.sleep(5)
    number = (await receives(world.clerk(DATONG))).number
    assert number.split("-")[1] == f"{tomorrow:%Y%m%d}"
    told = await fault
    assert told["by"] > 0
    await works(world)


@pytest.mark.parametrize("kind", ["repeat_records", "reorder_records", "delay_records"])
async def test_records_come_again(world: World, kind: str) -> None:
    await world.at_rest(SOON)
    before = await world.chains("portal")
    told = await strike(world, kind, "kafka", 2, pick=7, records=100)
    assert told["copies"] > 0
    await world.at_rest(SOON)
    assert await world.chains("portal") == before


async def test_what_nobody_can_read_is_set_aside_and_the_rest_goes_on(world: World) -> None:
    told = await strike(world, "poison_records", "kafka", 1, pick=7, records=list(POISON))
    assert len(told["sent"]) == len(POISON)
    await works(world)


async def test_forged_events_are_set_aside_by_everybody(world: World) -> None:
    await world.at_rest(SOON)
    before = await world.chains("portal")
    told = await strike(world, "forge_records", "kafka", 1, pick=7, records=list(FORGED))
    assert len(told["sent"]) == len(FORGED)
    await until(lambda: rest.quarantined(world.services["portal"].dsn), lambda seen: len(seen) >= len(FORGED), SOON)
    assert {one.hex() for one in await rest.quarantined(world.services["portal"].dsn)} <= world.injected
    assert await world.chains("portal") == before
    await works(world)


async def test_after_all_of_them_everything_comes_to_rest_and_every_chain_is_sound(world: World) -> None:
    await world.at_rest(180)
    report = await verify([Copies(s.name, s.url, world.operator, world.http) for s in world.services.values()])
    assert report.bad == []
    for service in world.services.values():
        assert await rest.views_bad(service.dsn) == []
        assert {one.hex() for one in await rest.quarantined(service.dsn)} <= world.injected
    begun = time.monotonic()
    await works(world)
    assert time.monotonic() - begun < SOON


async def test_one_of_three_brokers_is_lost_and_what_is_written_meanwhile_is_published() -> None:
    async with started(brokers=3) as three:
        await works(three)
        fault = strike(three, "lose_broker", "kafka", 30, broker=2)
        await asyncio.sleep(1)
        await receives(three.clerk(SHANGYAO))
        await until(lambda: published(three, "township"), bool, 25)
        assert not fault.done(), "while it is lost"
        await fault
        await works(three)
        await three.at_rest(120)
