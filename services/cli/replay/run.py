"""A whole log, told to running services: many cases at once, each in its own order, restartable at any point."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import httpx

from services.cli.replay.logs import Trace, activities, traces
from services.cli.replay.mapping import Item, Map
from services.cli.replay.plan import PERSON, CasePlan, legs, plan, step_code
from services.cli.replay.send import AT_ONCE, Backoff, NoAnswer, Refused, Sender, Services
from services.cli.replay.units import Unit, Units

THERE_AND_BACK = ("township", "district", "city", "district", "township")
MAX_STEPS = 100
"""Steps of one item (contracts, ItemPublished)."""


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
    acts: int = 0
    seconds: float = 0.0
    failed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def add(self, told: CasePlan) -> None:
        moves = Counter(act.move for act in told.acts)
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
        cases = sum(plan(trace, map, tree) is not None for trace in traces(file, map))
        await publish(sender, city, units, map, steps, patience)
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


async def open_units(sender: Sender, city: Unit) -> list[Unit]:
    """The units that `GET /units` of the city lists and that take cases."""
    answer = await sender.get(city, PERSON, "/api/v1/units")
    if not answer.done:
        raise Refused(city.code, "GET /units", answer.status, answer.body)
    return [
        Unit(row["code"], row["tier"], row.get("parent"))
        for row in rows(answer.body, "units")
        if row.get("closed_on") is None and not row.get("preparing")
    ]


async def publish(
    sender: Sender, city: Unit, units: Sequence[Unit], map: Map, steps: Iterable[str], patience: float
) -> None:
    """Publish the map's items at the city; wait until each tier lists them and all units. Raises Refused, NoAnswer."""
    for item in map.items:
        body = item_body(item, map, steps)
        digest = sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        answer = await sender.post(city, PERSON, "/api/v1/items", body, f"replay-{map.name}-item-{digest[:32]}")
        # It may have been published before, from an earlier state of the log, with fewer steps.
        if not answer.done and answer.body.get("code") != "item_exists":
            raise Refused(city.code, f"POST /items {item.key}", answer.status, answer.body)
    wanted = {("items", item.key) for item in map.items} | {("units", unit.code) for unit in units}
    for unit in {unit.tier: unit for unit in units}.values():
        wait = Backoff(patience)
        while lacking := wanted - await _listed(sender, unit):
            await wait.once_more(f"{unit.code} lacks {len(lacking)} units or items, {min(lacking)} among them")


def item_body(item: Item, map: Map, steps: Iterable[str]) -> dict[str, Any]:
    """The body of POST /items: what the map says, with the log's activities as steps unless the map names its own."""
    if "steps" in item.publish:
        return item.publish
    codes = {step_code(step, map): step[:200] for step in steps}
    return {**item.publish, "steps": [{"code": code, "name": name} for code, name in list(codes.items())[:MAX_STEPS]]}


async def _listed(sender: Sender, unit: Unit) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for name in ("units", "items"):
        answer = await sender.get(unit, PERSON, f"/api/v1/{name}")
        found |= (
            {(name, str(row.get("key", row.get("code")))) for row in rows(answer.body, name)} if answer.done else set()
        )
    return found


def rows(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The rows of a listing, bare or under its name."""
    found = body.get(name, body.get("rows", []))
    return cast("list[dict[str, Any]]", found) if isinstance(found, list) else []
