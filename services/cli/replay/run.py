"""A whole log, told to running services: many cases at once, each in its own order, restartable at any point."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from services.cli.replay.logs import Trace, activities, traces
from services.cli.replay.mapping import Map
from services.cli.replay.plan import CasePlan, legs, plan
from services.cli.replay.reference import Asked, asked, open_units, publish
from services.cli.replay.send import AT_ONCE, NoAnswer, Refused, Sender, Services
from services.cli.replay.units import Unit, Units

THERE_AND_BACK = ("township", "district", "city", "district", "township")


@dataclass(slots=True)
class Totals:
    """What the services took, counted from their answers; `failed` has case and reason of the others."""

    cases: int = 0
    activities: int = 0
    moves_up: int = 0
    moves_down: int = 0
    reached_city: int = 0
    reached_district: int = 0
    stayed: int = 0
    there_and_back: int = 0
    closed: int = 0
    open: int = 0
    consultations_opened: int = 0
    consultations_answered: int = 0
    suspensions: int = 0
    acts: int = 0
    seconds: float = 0.0
    failed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def add(self, told: CasePlan) -> None:
        moves = Counter(act.move for act in told.acts)
        names = Counter(act.name for act in told.acts)
        self.cases += 1
        self.acts += len(told.acts)
        self.activities += sum(act.row for act in told.acts)
        self.moves_up += moves["up"]
        self.moves_down += moves["down"]
        self.reached_city += told.highest == "city"
        self.reached_district += told.highest == "district"
        self.stayed += told.highest == "township"
        self.there_and_back += told.way == THERE_AND_BACK
        self.closed += told.closed
        self.open += not told.closed
        self.consultations_opened += names["open-consultation"]
        self.consultations_answered += names["answer-consultation"]
        self.suspensions += names["suspend"]


async def replay(
    file: Path,
    map: Map,
    services: Services,
    city: Unit,
    *,
    in_flight: int = 200,
    patience: float = 300.0,
    progress: Callable[[int, int], None] = lambda done, all: None,
) -> Totals:
    """Tell the log in `file` to the services; the second time changes nothing.

    `city` is where units are read and the map's items published. `in_flight`: cases at once. `patience`: seconds
    to wait for a silent service or a case in transit. `progress` hears after each case how many of how many are
    told. Raises LogInvalid and UnitsLacking before anything is sent, Refused and NoAnswer when the items cannot be
    published; what befalls a single case is in `Totals.failed`.
    """
    began = time.monotonic()
    steps = activities(traces(file, map))
    async with httpx.AsyncClient(timeout=120.0, limits=httpx.Limits(max_connections=AT_ONCE)) as client:
        sender = Sender(client, services, patience=patience)
        units = await open_units(sender, city)
        tree = Units(units)
        cases, bodies = 0, Asked()
        for told in _plans(traces(file, map), map, tree):
            cases, bodies = cases + 1, bodies | asked(told)
        await publish(sender, city, units, map, steps, bodies, patience)
        totals = await tell(sender, _plans(traces(file, map), map, tree), in_flight, lambda done: progress(done, cases))
    totals.seconds = round(time.monotonic() - began, 3)
    return totals


async def tell(
    sender: Sender, plans: Iterator[CasePlan], in_flight: int, progress: Callable[[int], None] = lambda done: None
) -> Totals:
    """Send the acts of these cases, `in_flight` cases at once; plans are drawn one by one, so memory is bounded."""
    totals = Totals()

    async def clerk() -> None:
        for told in plans:
            try:
                await _case(sender, told)
            except (Refused, NoAnswer) as error:
                totals.failed.append((told.case, str(error)))
            else:
                totals.add(told)
            progress(totals.cases + len(totals.failed))

    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(clerk())
    return totals


async def _case(sender: Sender, told: CasePlan) -> None:
    received, *rest = told.acts
    number, here = await sender.receive(received), received.unit
    for leg in legs(tuple(rest)):
        await sender.perform(number, leg, arriving=leg[0].unit != here)
        here = leg[0].unit


def _plans(found: Iterable[Trace], map: Map, units: Units) -> Iterator[CasePlan]:
    return (told for trace in found if (told := plan(trace, map, units)) is not None)
