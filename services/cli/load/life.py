"""Cases from township to district to city and back, as many as come by chance at a mean rate.

The model is open: cases arrive whatever became of those before, so whoever waits is counted. Each office acts on a case
as soon as the board shows that it arrived there, and the applicant is nobody.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from services.cli.load.board import Board, Place
from services.cli.load.connection import Office

DRAINED_WITHIN = 120.0
"""Seconds after the last arrival for all cases to end and all events to be shown."""
ARRIVED = "HandoverArrived"
PASSES = frozenset({"CaseReferred", "CaseReturned"})
NOBODY: Mapping[str, str] = {
    "name": "压力测试",
    "document_kind": "other",
    "document_number": "LOAD-0",
    "phone": "00000000000",
}


@dataclass(frozen=True, slots=True)
class Offices:
    """The three that a case goes through, and the item it is about."""

    township: Office
    district: Office
    city: Office
    item: str

    def life(self) -> Sequence[tuple[Office, str, Mapping[str, Any], str]]:
        """(who, act, body, event); the first act receives."""
        township, district, city = self.township, self.district, self.city
        receipt = {"item": self.item, "channel": "window", "applicant": NOBODY}
        return (
            (township, "", receipt, "CaseReceived"),
            (township, "accept", {}, "CaseAccepted"),
            (township, "refer", {"to": district.unit, "kind": "forward_up", "reason": "route"}, "CaseReferred"),
            (district, "acknowledge", {}, "ReferralAcknowledged"),
            (district, "complete-step", {"step": "review", "outcome": "passed"}, "StepCompleted"),
            (district, "refer", {"to": city.unit, "kind": "forward_up", "reason": "route"}, "CaseReferred"),
            (city, "acknowledge", {}, "ReferralAcknowledged"),
            (city, "decide", {"outcome": "granted"}, "CaseDecided"),
            (city, "conclude", {"outcome": "issued"}, "CaseConcluded"),
            (city, "return", {"to": township.unit, "purpose": "deliver_result"}, "CaseReturned"),
            (township, "deliver", {"how": "window"}, "ResultDelivered"),
        )

    def close(self) -> None:
        for office in (self.township, self.district, self.city):
            office.close()


@dataclass(slots=True)
class Times:
    """`perf_counter` when an act was due, and when it was answered."""

    due: dict[Place, float] = field(default_factory=dict[Place, float])
    answered: dict[Place, float] = field(default_factory=dict[Place, float])


@dataclass(frozen=True, slots=True)
class Load:
    """What became of one rate (cases a second). Milliseconds: `ways` from an act's answer to its event on the board,
    `waits` from when it was due to its answer. `left`: acts that were not shown in time."""

    rate: float
    seconds: float
    cases: int
    acts: int
    left: int
    ways: Mapping[str, float]
    waits: Mapping[str, float]
    ways_of: Mapping[str, Mapping[str, float]]
    """By type of event."""


async def load(
    offices: Offices, board: Board, rate: float, seconds: float, heard: Callable[[int], None] = lambda _: None
) -> Load:
    """Let cases arrive at this rate for so long. `heard`: how many arrived so far. Raises what `Office.post` raises."""
    times, chance = Times(), random.Random(rate)  # noqa: S311 (the same arrivals each time)
    begun, due, running = perf_counter(), 0.0, list[asyncio.Task[None]]()
    while (due := due + chance.expovariate(rate)) < seconds:
        await asyncio.sleep(begun + due - perf_counter())
        running.append(asyncio.create_task(_case(offices, board, times, begun + due)))
        heard(len(running))
    if running:
        done, late = await asyncio.wait(running, timeout=DRAINED_WITHIN)
        for task in late:
            task.cancel()
        for task in done:
            task.result()
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAINED_WITHIN):
            for place in times.answered:
                await board.shows(place)
    return _summed_up(rate, seconds, len(running), times, board)


async def _case(offices: Offices, board: Board, times: Times, due: float) -> None:
    """`due`: when it was to arrive; a client that comes too late waits, too."""
    number, passes = "", 0
    done: Counter[str] = Counter()
    for office, act, body, event in offices.life():
        path = f"/api/v1/cases/{number}/{act}" if number else "/api/v1/cases"
        answer = await office.post(path, json.dumps(body).encode())
        now = perf_counter()
        number = number or json.loads(answer)["case"]["number"]
        done[event] += 1
        place = Place(number, event, done[event])
        times.due[place], times.answered[place] = due, now
        if event in PASSES:
            passes += 1
            await board.shows(Place(number, ARRIVED, passes))
        due = perf_counter()


def _summed_up(rate: float, seconds: float, cases: int, times: Times, board: Board) -> Load:
    shown = times.answered.keys() & board.seen.keys()
    ways = {place: (board.seen[place] - times.answered[place]) * 1000 for place in shown}
    waits = [(at - times.due[place]) * 1000 for place, at in times.answered.items()]
    by_event: dict[str, list[float]] = {}
    for place, way in ways.items():
        by_event.setdefault(place.event, []).append(way)
    return Load(
        rate,
        seconds,
        cases,
        len(times.answered),
        len(times.answered) - len(shown),
        percentiles(list(ways.values())),
        percentiles(waits),
        {event: percentiles(found) for event, found in sorted(by_event.items())},
    )


def percentiles(found: Sequence[float]) -> dict[str, float]:
    """p50, p90 and p99; nothing of nothing."""
    ordered = sorted(found)
    return {f"p{n}": ordered[min(len(ordered) - 1, len(ordered) * n // 100)] for n in (50, 90, 99)} if ordered else {}
