"""Kafka replaced by an empty one; a database put back as it was a while ago."""

import asyncio
from collections import defaultdict
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.journeys.citizen import citizen
from tests.journeys.clerk import Answer, Clerk
from tests.journeys.kafka_content import values
from tests.journeys.places import CITY, DATONG, SHANGYAO
from tests.journeys.system import System
from tests.journeys.waiting import until

Rows = set[tuple[int, str, int, bytes]]
LIVE = "select pos, stream, seq, hash from log where live"
OWN = """
select topic, value from log where topic is not null
union
select h.topic, a.value
from log h
join log a on a.stream = h.stream and a.live and a.seq < h.seq
where h.topic is not null and h.live and h.type = 'sanji.case.CustodyAssumed.v1'
"""
"""What a service publishes: what it wrote, and the chain below each custody that it assumed."""


async def live_rows(system: System) -> dict[str, Rows]:
    """By service, the live rows of its log, positions included."""
    found: dict[str, Rows] = {}
    for service in system.services.values():
        found[service.name] = {tuple(row) for row in await fetch(service.dsn, LIVE)}
    return found


async def fetch(dsn: str, query: str) -> "list[asyncpg.Record]":
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


async def a_case_that_went_up_and_came_back(system: System) -> str:
    township, district, city = (system.clerk(unit) for unit in (SHANGYAO, DATONG, CITY))
    number = (await township.receive()).number
    for sender, receiver in ((township, district), (district, city)):
        assert (await sender.act(number, "refer", to=receiver.unit, kind="forward_up", reason="route")).done
        await receiver.arrived(number)
        assert (await receiver.act(number, "acknowledge")).done
    assert (await city.act(number, "return", to=SHANGYAO, purpose="handled")).done
    await township.arrived(number)
    return number


@pytest.mark.timeout(400)
async def test_on_an_empty_kafka_everything_is_published_again_and_nobody_sees_anything_new(system: System) -> None:
    await a_case_that_went_up_and_came_back(system)
    zhang = await citizen(system, SHANGYAO)
    urged = await zhang.asks("urge")
    await zhang.sees(urged.body["request"], "answered")
    await system.holds()
    before = await live_rows(system)
    was = system.stack.kafka.cluster_id
    await asyncio.to_thread(system.stack.kafka.wipe)
    assert system.stack.kafka.cluster_id != was
    await system.at_rest(180)
    assert await live_rows(system) == before
    said: defaultdict[str, set[bytes]] = defaultdict(set)
    for service in system.services.values():
        for row in await fetch(service.dsn, OWN):
            said[row["topic"]].add(row["value"])
    published = await values(system.stack.kafka.bootstrap(), said)
    assert {topic: set(records) for topic, records in published.items()} == said
    await a_case_that_went_up_and_came_back(system)
    await system.holds()


class Database:
    """A service's database, that can be put back as it was."""

    def __init__(self, system: System, service: str) -> None:
        self._system = system
        self._service = service
        self._name = system.services[service].database
        self._copy = f"{self._name}_before"

    async def copy(self) -> None:
        """Of a database nobody is connected to."""
        await self._system.stop(self._service)
        await self._sql(f"create database {self._copy} template {self._name} owner {self._name}")
        await self._system.start(self._service)

    async def put_back(self) -> None:
        await self._system.kill9(self._service)
        await self._sql(f"drop database {self._name} with (force)")
        await self._sql(f"alter database {self._copy} rename to {self._name}")

    async def _sql(self, script: str) -> None:
        await asyncio.to_thread(self._system.stack.postgres.sql, script)


@pytest.mark.timeout(400)
async def test_a_service_whose_database_was_put_back_learns_what_it_had_said_before_it_speaks(system: System) -> None:
    assert system.link is not None
    township, district = system.clerk(SHANGYAO), system.clerk(DATONG)
    database = Database(system, "township")
    early = (await township.receive()).number
    await system.at_rest()
    await database.copy()
    keys = [uuid4().hex for _ in range(10)]
    told = {key: await township.receive(key=key) for key in keys}
    for first, second in zip(keys[:4], keys[4:8], strict=True):
        assert (await township.act(told[first].number, "accept")).done
        sent = await township.act(told[second].number, "refer", to=DATONG, kind="forward_up", reason="route")
        assert sent.done
    assert (await township.act(early, "refer", to=DATONG, kind="forward_up", reason="route")).done
    await district.arrived(early)
    assert (await district.act(early, "acknowledge")).done
    await system.at_rest()
    dsn = system.services["township"].dsn
    before = {row["value"] for row in await fetch(dsn, OWN)}

    await database.put_back()
    await system.link.cut()
    try:
        system.spawn("township")
        said = await until(
            lambda: system.status("township"), lambda said: any("restored" in why for why in said.get("waits_for", []))
        )
        assert not said["ready"]
        new_key = uuid4().hex
        refused = await township.receive(key=new_key)
        assert (refused.status, refused.code) == (503, "not_writable")
        assert len(await fetch(dsn, OWN)) < len(before)
    finally:
        await system.link.mend()
    new = await first_answer(township, new_key)
    assert {row["value"] for row in await fetch(dsn, OWN)} > before
    assert new.number not in {answer.number for answer in told.values()}
    for key, answer in told.items():
        again = await township.receive(key=key)
        assert (again.number, again.body["query_code"]) == (answer.number, answer.body["query_code"])
    await system.ready("township")
    await system.holds()
    assert (await township.case(early)).case["custody"]["unit"] == DATONG


@pytest.mark.timeout(400)
async def test_a_service_put_back_beside_an_empty_kafka_hears_from_all_others_what_it_had_said(
    system: System,
) -> None:
    township, district = system.clerk(SHANGYAO), system.clerk(DATONG)
    database = Database(system, "township")
    early, later = (await township.receive()).number, (await township.receive()).number
    await system.at_rest()
    await database.copy()
    keys = [uuid4().hex for _ in range(5)]
    told = {key: await township.receive(key=key) for key in keys}
    referred = await township.act(early, "refer", to=DATONG, kind="forward_up", reason="route")
    accepted = await township.act(later, "accept")
    assert referred.done
    assert accepted.done
    await district.arrived(early)
    await system.at_rest()
    dsn = system.services["township"].dsn
    before = {row["value"] for row in await fetch(dsn, OWN)}

    await database.put_back()
    await asyncio.to_thread(system.stack.kafka.wipe)
    system.spawn("township")
    await until(
        lambda: system.status("township"),
        lambda said: any("SANJI_WITNESSES" in why for why in said.get("waits_for", [])),
        60,
    )
    assert (await township.receive()).code == "not_writable"
    await system.stop("township")
    others = [service.url for name, service in system.services.items() if name != "township"]
    system.spawn("township", WITNESSES=",".join(others), WITNESS_TOKEN=system.operator)
    await system.ready("township")

    assert {row["value"] for row in await fetch(dsn, OWN)} >= before
    assert (await township.case(early)).case["custody"]["unit"] == SHANGYAO
    assert (await district.act(early, "acknowledge")).done
    for key, answer in told.items():
        assert (await township.receive(key=key)).number == answer.number
    assert (await township.receive()).number not in {answer.number for answer in told.values()}
    await system.holds()


@pytest.mark.timeout(400)
async def test_a_portal_whose_database_was_put_back_knows_what_citizens_had_asked(system: System) -> None:
    zhang, li = [await citizen(system, SHANGYAO) for _ in range(2)]
    await system.at_rest()
    database = Database(system, "portal")
    await database.copy()
    keys = [uuid4().hex, uuid4().hex]
    asked = [await one.asks("urge", key) for one, key in zip((zhang, li), keys, strict=True)]
    assert all(one.done for one in asked), asked
    await zhang.sees(asked[0].body["request"], "answered")
    await system.at_rest()
    said = {row["value"] for row in await fetch(system.services["portal"].dsn, OWN)}

    await database.put_back()
    assert len(await fetch(system.services["portal"].dsn, OWN)) < len(said)
    await system.start("portal")
    assert {row["value"] for row in await fetch(system.services["portal"].dsn, OWN)} == said
    again = await zhang.asks("urge", keys[0])
    assert again.body["request"] == asked[0].body["request"], "the same key, the same request"
    other = await li.asks("urge")
    assert (other.status, other.code) == (409, "urged_today"), "it had urged before the database was put back"
    await system.holds()


async def first_answer(clerk: Clerk, key: str) -> Answer:
    """Of a receipt tried until the service writes again."""

    async def once() -> Answer | None:
        try:
            answer = await clerk.receive(key=key)
        except httpx.TransportError:
            return None
        return answer if answer.done else None

    found = await until(once, lambda seen: seen is not None, 90)
    assert found is not None
    return found
