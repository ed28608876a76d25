"""Units move from one service to another while their clerks go on working, and back again."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from deploy.local import Stack
from tests.journeys.citizen import citizen
from tests.journeys.clerk import Answer, Clerk, receipt
from tests.journeys.places import DATONG, LUOHE, SHANGYAO
from tests.journeys.system import System
from tests.journeys.waiting import until

pytestmark = pytest.mark.timeout(500)
UP = {"to": DATONG, "kind": "forward_up", "reason": "route"}
OWN = "luohe"
"""The service of its own that the point at Luohe gets."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def system(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    async with System(stack, tmp_path_factory.mktemp("moved"), "moved", over=None) as made:
        made.another(OWN, "township")
        yield made


class Luohe:
    """The clerks of one unit, who call wherever it is served now, and call again while nobody answers."""

    def __init__(self, system: System) -> None:
        self._system = system
        self.told: dict[str, Answer] = {}
        """By Idempotency-Key, the answers to their receipts."""
        self.served_by("township")

    def served_by(self, service: str) -> None:
        self.clerk: Clerk = replace(self._system.clerk(LUOHE), url=self._system.services[service].url)

    async def surely(self, path: str, body: dict[str, object], key: str) -> Answer:
        async def once() -> Answer | None:
            try:
                found = await self.clerk.post(path, body, key)
            except httpx.TransportError:
                return None
            return found if found.status not in (403, 502, 503) else None

        found = await until(once, lambda seen: seen is not None, 120)
        assert found is not None
        return found

    async def receives(self, key: str) -> Answer:
        return await self.surely("/cases", receipt(), key)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """One receipt after another meanwhile, the first of which is answered before anything else happens; and one
        more when it is over."""
        over, first = asyncio.Event(), asyncio.Event()

        async def works() -> None:
            last = False
            while not last:
                last = over.is_set()
                key = uuid4().hex
                self.told[key] = await self.receives(key)
                assert self.told[key].done, self.told[key]
                first.set()

        working = asyncio.create_task(works())
        try:
            await asyncio.wait([working, asyncio.create_task(first.wait())], return_when=asyncio.FIRST_COMPLETED)
            yield
        finally:
            over.set()
            await working


async def sanji(*words: str) -> tuple[int, str]:
    """Exit code, and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.cli",
        *words,
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def moves(system: System, source: str, target: str) -> tuple[int, str]:
    there, here = system.services[source], system.services[target]
    return await sanji("move", LUOHE, "--from", there.dsn, "--to", here.dsn, "--service", target, "--json")


async def move(system: System, source: str, target: str) -> None:
    """From a service that runs to one that may run; both do afterwards, if they have a unit."""
    there, here = system.services[source], system.services[target]
    await system.stop(source)
    if here.process is not None:
        await system.stop(target)
    code, said = await moves(system, source, target)
    assert code == 0, said
    assert json.loads(said) == {"units": [LUOHE], "from": source, "to": target, "secrets": json.loads(said)["secrets"]}
    assert json.loads(said)["secrets"] > 0
    there.units = tuple(unit for unit in there.units if unit != LUOHE)
    here.units = (*here.units, LUOHE)
    for service in (there, here):
        if service.units:
            await system.start(service.name)


async def test_a_township_moves_to_a_service_of_its_own_and_back_and_no_act_is_lost_or_done_twice(
    system: System,
) -> None:
    district, neighbour, luohe = system.clerk(DATONG), system.clerk(SHANGYAO), Luohe(system)
    # Whatever a case can be in the middle of: on its way up, on its way down, with papers asked for, asked back.
    sent_up = (await luohe.clerk.receive()).number
    assert (await luohe.clerk.act(sent_up, "refer", **UP)).done
    asked_back = (await luohe.clerk.receive()).number
    assert (await luohe.clerk.act(asked_back, "refer", to=DATONG, kind="transfer", reason="route")).done
    on_its_way_down = (await luohe.clerk.receive()).number
    assert (await luohe.clerk.act(on_its_way_down, "refer", **UP)).done
    await district.arrived(on_its_way_down)
    assert (await district.act(on_its_way_down, "acknowledge")).done
    next_door = (await luohe.clerk.receive()).number
    assert (await luohe.clerk.act(next_door, "refer", to=SHANGYAO, kind="transfer", reason="area")).done
    await neighbour.arrived(next_door)
    applicant = await citizen(system, LUOHE)

    async with luohe.at_work():
        assert (await district.act(on_its_way_down, "return", to=LUOHE, purpose="handled")).done
        assert (await luohe.clerk.act(asked_back, "request-recall", reason="mistake")).done
        await move(system, "township", OWN)
        luohe.served_by(OWN)

    for key, answer in list(luohe.told.items()):
        again = await luohe.receives(key)
        assert (again.number, again.body["query_code"]) == (answer.number, answer.body["query_code"])
    assert len({answer.number for answer in luohe.told.values()}) == len(luohe.told)

    await luohe.clerk.arrived(on_its_way_down)
    for act in ("accept", "decide"):
        outcome = {"outcome": "granted"} if act == "decide" else {}
        assert (await luohe.clerk.act(on_its_way_down, act, **outcome)).done
    await luohe.clerk.arrived(asked_back)
    await district.arrived(sent_up)
    assert (await district.act(sent_up, "acknowledge")).done
    assert (await district.act(sent_up, "return", to=LUOHE, purpose="handled")).done
    await luohe.clerk.arrived(sent_up)
    assert (await neighbour.act(next_door, "acknowledge")).done
    assert (await neighbour.act(next_door, "return", to=LUOHE, purpose="handled")).done
    await luohe.clerk.arrived(next_door)
    urged = await applicant.asks("urge")
    await applicant.sees(urged.body["request"], "answered")
    await system.holds()

    async with luohe.at_work():
        await move(system, OWN, "township")
        luohe.served_by("township")
    for key, answer in list(luohe.told.items()):
        again = await luohe.receives(key)
        assert (again.number, again.body["query_code"]) == (answer.number, answer.body["query_code"])
    system.retire(OWN)
    assert (await luohe.clerk.act(sent_up, "accept")).done
    await system.holds()
