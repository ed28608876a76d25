"""What replay does when services are slow, silent or refuse; the offices here answer as the HTTP contract says."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.cli.replay.logs import Row, Trace
from services.cli.replay.plan import CasePlan, plan
from services.cli.replay.run import Totals, tell
from services.cli.replay.send import Sender, Services
from tests.cli.replay.logs import UNITS, small_map

Fault = Callable[[str, str], httpx.Response | Exception | None]
"""What goes wrong with this act (name, key) this time; None: nothing."""


class Offices:
    """All three tiers. A case that passes is in transit for a few questions, as over a real link."""

    def __init__(self, fault: Fault = lambda name, key: None, transit: int = 3) -> None:
        self._fault, self._transit = fault, transit
        self.cases: dict[str, list[tuple[str, str]]] = {}
        self.answers: dict[tuple[str, str], httpx.Response] = {}
        self._holder: dict[str, str] = {}
        self._asked: dict[tuple[str, int], int] = {}
        self.posts = 0
        self.sixty_posts = asyncio.Event()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.posts += 1
        if self.posts == 60:
            self.sixty_posts.set()
        unit = request.headers["Authorization"].removeprefix("Bearer ").split("/")[0]
        assert request.url.host == unit
        body = json.loads(request.content)
        if request.url.path == "/api/v1/cases":
            return self._once(unit, "receive", request.headers["Idempotency-Key"], "", body)
        assert request.url.path == "/api/v1/acts"
        answers: list[dict[str, Any]] = []
        stopped: set[str] = set()
        for act in body["acts"]:
            answer = httpx.Response(424, json={"code": "earlier_act_not_done"})
            if act["number"] not in stopped:
                answer = self._once(unit, act["act"], act["key"], act["number"], act["body"])
            if not answer.is_success:
                stopped.add(act["number"])
            answers.append({"key": act["key"], "status": answer.status_code, "body": answer.json()})
        return httpx.Response(200, json={"answers": answers})

    def _once(self, unit: str, name: str, key: str, number: str, body: dict[str, Any]) -> httpx.Response:
        if (unit, key) in self.answers:
            return self.answers[unit, key]
        match self._fault(name, key):
            case Exception() as error:
                raise error
            case httpx.Response() as answer:
                return answer
            case None:
                answer = self._act(unit, name, number, body)
                if answer.is_success:
                    self.answers[unit, key] = answer
                return answer

    def _act(self, unit: str, name: str, number: str, body: dict[str, Any]) -> httpx.Response:
        if name == "receive":
            number = f"{unit}-20110101-{len(self.cases) + 1:04d}"
            self.cases[number] = [(unit, name)]
            self._holder[number] = unit
            return httpx.Response(201, json={"case": {"number": number}})
        acts = self.cases[number]
        if self._holder[number] != unit or self._in_transit(number, len(acts)):
            state = {"custody": {"state": "held", "unit": "340499", "to": None}}
            known = any(by == unit for by, _ in acts)
            return httpx.Response(409 if known else 404, json={"code": "not_holder", "state": state if known else None})
        acts.append((unit, name))
        self._holder[number] = body.get("to", unit)
        return httpx.Response(200, json={"case": {"number": number}})

    def _in_transit(self, number: str, acts: int) -> bool:
        if self.cases[number][-1][1] not in ("refer", "return"):
            return False
        self._asked[number, acts] = self._asked.get((number, acts), 0) + 1
        return self._asked[number, acts] < self._transit


def plans(count: int) -> Iterator[CasePlan]:
    groups = ("window", "city", "other", "window", "window", "city")
    for number in range(count):
        start = datetime(2011, 1, 1, tzinfo=UTC)
        rows = tuple(
            Row("receipt" if not n else f"step {n}", start + timedelta(hours=n), "", group, f"R{n % 2}")
            for n, group in enumerate(groups)
        )
        told = plan(Trace(f"case {number}", rows, end=start), small_map(), UNITS)
        assert told is not None
        yield told


async def replay(offices: Offices, count: int = 5, patience: float = 20.0) -> Totals:
    services = Services(lambda unit: f"http://{unit.code}", lambda unit, person: f"{unit.code}/{person}")
    async with httpx.AsyncClient(transport=httpx.MockTransport(offices)) as client:
        return await tell(Sender(client, services, patience=patience, pause=0.001), plans(count), in_flight=4)


def wanted() -> list[tuple[str, str]]:
    return [(act.unit.code, act.name) for act in next(plans(1)).acts]


async def test_every_act_happens_once_and_in_order_although_cases_are_long_in_transit() -> None:
    offices = Offices(transit=5)
    totals = await replay(offices)
    assert list(offices.cases.values()) == [wanted()] * 5
    assert (totals.cases, totals.closed, totals.failed) == (5, 5, [])
    assert (totals.moves_up, totals.moves_down) == (10, 10)


async def test_the_second_run_adds_nothing() -> None:
    offices = Offices()
    first = await replay(offices)
    before = {number: list(acts) for number, acts in offices.cases.items()}
    second = await replay(offices)
    assert offices.cases == before
    assert (first.cases, first.acts) == (second.cases, second.acts)


async def test_where_the_law_accepted_the_row_is_told_as_a_step_and_the_second_run_adds_nothing() -> None:
    settled = False

    def fault(name: str, key: str) -> httpx.Response | None:
        if name != "accept":
            return None
        # A settled case takes no times any more, and the office says that first.
        status, code = (422, "at_not_imported") if settled else (409, "already_done")
        return httpx.Response(status, json={"code": code, "state": {"deemed": True, "custody": {"state": "held"}}})

    offices = Offices(fault)
    first = await replay(offices, 1)
    (acts,) = offices.cases.values()
    assert first.failed == []
    assert "accept" not in [name for _, name in acts]
    before, settled = list(acts), True
    assert (await replay(offices, 1)).failed == []
    assert list(offices.cases.values()) == [before]


async def test_a_run_that_was_broken_off_is_finished_by_the_next() -> None:
    offices = Offices(transit=2)
    broken = asyncio.create_task(replay(offices, 30))
    await offices.sixty_posts.wait()
    broken.cancel()
    with pytest.raises(asyncio.CancelledError):
        await broken
    assert (await replay(offices, 30)).cases == 30
    assert list(offices.cases.values()) == [wanted()] * 30


async def test_a_silent_or_failing_service_is_asked_again_with_the_same_key() -> None:
    seen: dict[str, int] = {}

    def fault(name: str, key: str) -> httpx.Response | Exception | None:
        seen[key] = seen.get(key, 0) + 1
        match seen[key]:
            case 1 if name in ("receive", "accept", "decide"):
                return httpx.ConnectError("refused")
            case 2 if name == "decide":
                return httpx.Response(503, json={"code": "unanswered"})
            case 3 if name == "decide":
                return httpx.Response(409, json={"code": "contended"})
            case _:
                return None

    offices = Offices(fault)
    totals = await replay(offices)
    assert totals.failed == []
    assert list(offices.cases.values()) == [wanted()] * 5


async def test_a_refusal_ends_its_case_only_and_is_told_with_its_code() -> None:
    refused = next(plans(1)).acts[3]

    def fault(name: str, key: str) -> httpx.Response | None:
        problem = {"code": "wrong_phase", "detail": "The case is decided.", "state": {"custody": {"state": "held"}}}
        return httpx.Response(409, json=problem) if key == refused.key else None

    offices = Offices(fault)
    totals = await replay(offices)
    assert totals.cases == 4
    ((case, reason),) = totals.failed
    assert case == "case 0"
    assert "wrong_phase" in reason
    assert refused.unit.code in reason


async def test_a_case_that_never_arrives_is_told_when_patience_ends() -> None:
    totals = await replay(Offices(transit=10**6), count=1, patience=0.2)
    assert totals.cases == 0
    assert "acknowledge at 340400: 404" in totals.failed[0][1]
