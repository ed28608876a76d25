"""A unit orders one below it to account for a case that was never here: the portal tells it, and no feed is read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from contracts.topics import Topics
from services.casework.refusals import Refusal
from services.office import refusing
from services.office.asking_bodies import OrderSupervision
from services.office.supervision import Orders
from services.runtime.fetching import Fetching, NoPortal, Portal, Unfetched
from services.runtime.host import Host
from services.runtime.replica import Replica
from services.runtime.tide import Tide
from services.runtime.tokens import Actor
from tests.lawclock.office import Office, office
from tests.office.story import CITY, DISTRICT, TOWNSHIP, VILLAGE, unit_opened
from tests.runtime.portals import answering, route, told
from tests.runtime.records import Chain, case
from tests.runtime.replicas import Keeps
from tests.runtime.replicas import office as copying

SUPERVISOR = Actor("S01", TOWNSHIP, None, frozenset({"supervisor"}))


@dataclass(slots=True)
class Orderer:
    """A township above a village point. Neither its orders nor what they stand on has any way to Kafka."""

    here: Office
    orders: Orders

    async def give(self, number: str, to: str = VILLAGE, key: str = "") -> str:
        """The stream of the order."""
        body = OrderSupervision.model_validate({"to": to, "reason": "overdue", "days": 3})
        _, order = await self.orders.give(number, SUPERVISOR, key or uuid4().hex, b"m", body)
        return order.stream

    async def logged(self, number: str) -> list[bytes]:
        found = await self.here.log.pool.fetch("select value from log where stream = $1 order by seq", number)
        return [row["value"] for row in found]


@asynccontextmanager
async def orderer(database: str, folder: Path, portal: Portal | None) -> AsyncIterator[Orderer]:
    async with office(database, folder, "2026-12-01 09:00") as here:
        await here.publish(f"unit/{VILLAGE}", unit_opened(VILLAGE, "township", TOWNSHIP))
        host = Host("township", "township", frozenset({TOWNSHIP}), CITY, Topics())
        fetching = Fetching(Replica(here.log.pool, Tide(), host, Keeps()), portal)
        yield Orderer(here, Orders(here.log.pool, here.cases, fetching))


async def test_the_order_is_given_about_what_the_portal_tells_of_the_case(
    database: str, other_database: str, tmp_path: Path
) -> None:
    chain: Chain = case(1, VILLAGE)
    async with copying(other_database) as there, route(there.pool, tmp_path) as at, at.portal() as portal:
        await there.take("township.events", chain.values)
        async with orderer(database, tmp_path, portal) as township:
            key = uuid4().hex
            given = await township.give(chain.stream, key=key)
            assert len(await township.here.events(given)) == 1
            assert await township.logged(chain.stream) == chain.values
            assert await township.give(chain.stream, key=key) == given
            with pytest.raises(Refusal, match="case_unknown"):
                await township.give(case(2, VILLAGE).stream)


async def test_a_chain_that_is_not_sound_gives_no_order_and_leaves_nothing(database: str, tmp_path: Path) -> None:
    chain = case(1, VILLAGE).referred(DISTRICT).arrived()
    async with answering(told(chain.values[1:])) as portal, orderer(database, tmp_path, portal) as township:
        with pytest.raises(Unfetched) as raised:
            await township.give(chain.stream)
        assert await township.logged(chain.stream) == []
    said = refusing.problem(raised.value)
    assert (said.status, said.code, said.headers["Retry-After"]) == (503, "case_not_fetched", "10")


async def test_where_no_portal_is_named_that_is_said_of_cases_that_were_never_here_alone(
    database: str, tmp_path: Path
) -> None:
    async with orderer(database, tmp_path, None) as township:
        with pytest.raises(NoPortal) as raised:
            await township.give(case(1, VILLAGE).stream)
        with pytest.raises(Refusal, match="not_superior"):
            await township.give(await township.here.receive())
    said = refusing.problem(raised.value)
    assert (said.status, said.code, said.headers) == (503, "no_portal", {})
