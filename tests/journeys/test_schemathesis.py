"""Each service does what its OpenAPI says, and answers whatever is sent to it: never with an error of its own."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, get_args
from uuid import uuid4

import pytest
import pytest_asyncio
import requests

from deploy.local import Stack
from services.runtime.tokens import Role
from tests.journeys.clerk import Body
from tests.journeys.fitting import HOME, answered, known, received
from tests.journeys.fitting_dossier import FITTING
from tests.journeys.fuzzing import Fuzz, Table, apis, bodies, send, shown, table, wrong
from tests.journeys.operations import Operation, document, operations
from tests.journeys.places import CITY, LUOHE, REGISTRATION, SHANGYAO
from tests.journeys.spoiling import request
from tests.journeys.system import System
from tests.journeys.waiting import until

TIMES = 20
"""How often each operation has to be done."""
EACH = 6
"""Cases that schemathesis makes of an operation, of what its schema allows and of what it does not."""
AT_ONCE = 8
TIERS = ("city", "district", "township", "portal")
BODIES: dict[str, list[Any]] = {}
"""By operation: the tiers' schemas of one operation are the same, and making them takes longer than doing the act."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def system(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system that nobody else uses: each calendar that is written lets every open case be looked at again."""
    async with System(stack, tmp_path_factory.mktemp("generated"), "generated", over="generated") as made:
        yield made


@pytest.fixture(scope="module")
def counted() -> Table:
    return table()


async def generated(operation: Operation, api: Any) -> list[Any]:
    if operation.schema is None:
        return [None] * TIMES
    if operation.id not in BODIES:
        BODIES[operation.id] = await asyncio.to_thread(bodies, api, TIMES)
    return [BODIES[operation.id][n % len(BODIES[operation.id])] for n in range(TIMES)]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("tier", TIERS)
async def test_each_writing_operation_is_done_with_whatever_its_schema_allows(
    system: System, tier: str, counted: Table
) -> None:
    known = apis(await document(system, tier))
    few = asyncio.Semaphore(AT_ONCE)
    found: list[str] = []

    async def once(operation: Operation, body: Body | None) -> None:
        async with few:
            ready = await FITTING[operation.id](system, tier)
            more = {name: body[name] for name in ready.free if name in body} if isinstance(body, dict) else {}
            ready.body.update(more)
            headers, content = request(operation, ready)
            url = f"{system.services[tier].url}/api/v1{ready.path}"
            answer = await system.http.request(operation.method, url, headers=headers, content=content)
        counted[operation.label][answer.status_code] += 1
        if not answer.is_success:
            found.append(f"{operation.label} {ready.body}: {answer.status_code} {answer.text[:300]}")
        else:
            await answered(system, operation.id, answer.json())

    for operation in [one for one in await operations(system, tier) if one.writes]:
        every = await generated(operation, known[operation.id])
        await asyncio.gather(*(once(operation, body) for body in every))
    assert not found, "\n".join(found)
    for operation in [one for one in await operations(system, tier) if one.writes]:
        assert sum(n for status, n in counted[operation.label].items() if status < 300) >= TIMES, operation.label


async def seeded(system: System, tier: str) -> list[str]:
    """Cases in the states before and after each act."""
    clerk = system.clerk(HOME[tier])
    if tier == "portal":
        numbers = [await received(clerk, "registration") for _ in range(3)]
        for number in numbers:
            await until(lambda number=number: known(system.services["portal"].dsn, number), bool, 120)
        return numbers
    names = ("accept", "complete_step", "decide", "conclude", "deliver", "receive_supplement", "acknowledge", "settle")
    names += ("answer_consultation", "request_hearing", "correct_certificate", "refund_fee", "archive")
    ready = await asyncio.gather(*(FITTING[name](system, tier) for name in names))
    return [one.path.split("/")[2] for one in ready]


def everybody(system: System, tier: str) -> list[str]:
    """A token of each role, and one of another unit."""
    unit = HOME[tier]
    return [system.token(unit, (role,), "A01") for role in get_args(Role)] + [
        system.token(unit, tuple(get_args(Role)), "A02"),
        system.token(LUOHE if unit == SHANGYAO else SHANGYAO, ("agent",), "A03"),
    ]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("tier", TIERS)
async def test_whatever_is_sent_no_answer_is_an_error_of_the_service(system: System, tier: str, counted: Table) -> None:
    known = apis(await document(system, tier))
    fuzz = Fuzz(system.http, system.services[tier].url, everybody(system, tier), await seeded(system, tier))
    for operation in await operations(system, tier):
        await fuzz.operation(operation, known[operation.id], EACH, counted[operation.label])
    assert not fuzz.found, "\n".join(fuzz.found)


WHY = {"reason": "examination"}
ASKED = {"texts": WHY, "notice": WHY, "paper": WHY, "testimony": {"units": SHANGYAO}}
"""What an operation has to be asked after its question mark."""


async def round_of_clearance(system: System, tier: str) -> str:
    """The id of a round that this tier knows of."""
    ready = await FITTING["open_clearance"](system, "city")
    opened = (await ready.clerk.surely(ready.path, ready.body, uuid4().hex)).body["clearance"]["id"]
    clerk = system.clerk(HOME[tier])
    await until(lambda: clerk.get(f"/clearances/{opened}"), lambda seen: seen.done, 60)
    return opened


async def notice(system: System, tier: str, number: str) -> str:
    """The number of a notice of this case, drawn by this tier's service."""
    clerk = system.clerk(HOME[tier])
    body = {"notice": "receipt", "seal": "S-1"}
    done = await clerk.surely(f"/cases/{number}/issue-notice", body, uuid4().hex)
    return done.body["case"]["notices"][-1]["number"]


async def paper(system: System, tier: str, number: str) -> str:
    """SHA-256 of a paper of this case that this tier's service has."""
    await notice(system, tier, number)
    found = await system.clerk(HOME[tier]).get(f"/cases/{number}/papers")
    return next(one["sha256"] for one in found.body["papers"] if one["here"])


async def webhook(system: System, tier: str) -> str:
    """The id of a subscription on this tier's service."""
    ready = await FITTING["make_webhook"](system, tier)
    return (await ready.clerk.surely(ready.path, ready.body, uuid4().hex)).body["webhook"]["id"]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("tier", TIERS)
async def test_each_reading_operation_is_done(system: System, tier: str, counted: Table) -> None:
    number = (await seeded(system, tier))[0]
    token = system.token(HOME[tier], ("clerk", "operator"), "A01")
    found: list[str] = []
    for operation in [one for one in await operations(system, tier) if one.method == "GET"]:
        path = operation.path.replace("{number}", number).replace("{item}", REGISTRATION).replace("{unit}", CITY)
        if "{clearance}" in path:
            path = path.replace("{clearance}", await round_of_clearance(system, tier))
        if "{notice}" in path:
            path = path.replace("{notice}", await notice(system, tier, number))
        if "{paper}" in path:
            path = path.replace("{paper}", await paper(system, tier, number))
        if "{webhook}" in path:
            path = path.replace("{webhook}", await webhook(system, tier))
        url, query = f"{system.services[tier].url}{path}", ASKED.get(operation.id)
        made = requests.Request("GET", url, headers={"Authorization": f"Bearer {token}"}, params=query).prepare()
        for _ in range(TIMES):
            answer = await send(system.http, made)
            counted[operation.label][answer.status_code] += 1
            if not answer.is_success:
                found.append(f"{operation.label}: {answer.status_code} {wrong(answer)}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("tier", TIERS[:3])
async def test_each_operation_that_takes_a_file_is_done(system: System, tier: str, counted: Table) -> None:
    headers = {"Authorization": f"Bearer {system.token(HOME[tier], ('clerk',), 'A01')}"}
    for operation in [one for one in await operations(system, tier) if one.takes_file]:
        for n in range(TIMES):
            url = f"{system.services[tier].url}{operation.path}"
            answer = await system.http.post(url, content=b"%%PDF-1.7 %d" % n, headers=headers)
            counted[operation.label][answer.status_code] += 1
            assert answer.status_code == 201, answer.text


async def test_each_operation_of_each_service_was_done_at_least_twenty_times(system: System, counted: Table) -> None:
    print(f"\n{shown(counted)}")
    assert {label for label, counts in counted.items() if done(counts) < TIMES} == set()
    failed = {label for label, counts in counted.items() if any(status >= 500 for status in counts)}
    assert {label.rpartition("/")[2] for label in failed} <= {"inbox", "worklist", "supervision-orders"}, (
        "views_behind, and nothing else"
    )


def done(counts: Counter[int]) -> int:
    return sum(n for status, n in counts.items() if status < 300)
