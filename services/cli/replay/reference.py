"""What the services must know before the cases of a log come: the map's items, and the bodies that are asked."""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, cast

from services.cli.replay.mapping import Item, Map
from services.cli.replay.plan import PERSON, CasePlan, step_code
from services.cli.replay.send import Backoff, Refused, Sender
from services.cli.replay.units import Unit, Units

MAX_STEPS = 100
"""Steps of one item (contracts, ItemPublished)."""
LISTED_AS = {"chief-representatives": "bodies"}
"""Under which name an answer lists them, where it is not that of the address."""
Body = dict[str, Any]
Asked = frozenset[tuple[str, str]]
"""Unit and department."""


async def open_units(sender: Sender, city: Unit) -> list[Unit]:
    """The units that `GET /units` of the city lists and that take cases. Raises Refused."""
    answer = await sender.get(city, PERSON, "/api/v1/units")
    if not answer.done:
        raise Refused(city.code, "GET /units", answer.status, answer.body)
    return [
        Unit(row["code"], row["tier"], row.get("parent"))
        for row in rows(answer.body, "units")
        if row.get("closed_on") is None and not row.get("preparing")
    ]


def asked(told: CasePlan) -> Asked:
    """The bodies that this case asks."""
    opened = (act for act in told.acts if act.name == "open-consultation")
    return frozenset((act.body.get("unit", act.unit.code), act.body["department"]) for act in opened)


async def publish(
    sender: Sender, city: Unit, units: Sequence[Unit], map: Map, steps: Iterable[str], bodies: Asked, patience: float
) -> None:
    """Publish the map's items at the city and admit the bodies that are asked; wait until each tier, and each unit at
    which one is asked, lists them and all units. Raises Refused, NoAnswer."""
    steps, tree = list(steps), Units(units)
    for item in map.items:
        body = item_body(item, map, steps)
        # It may have been published before, from an earlier state of the log, with fewer steps.
        await _post(sender, city, map, "items", body, known="item_exists")
    there = await listed(sender, city, "departments")
    for unit, code in sorted(bodies):
        body = {"unit": unit, "code": code, "name": map.departments[code]}
        if key_of("departments", body) not in there:
            await _post(sender, tree.keeper(unit), map, "departments", body)
    wanted = {("items", item.key) for item in map.items} | {("units", unit.code) for unit in units}
    wanted |= {("departments", f"{unit}.{code}") for unit, code in bodies}
    there_asked = {unit for unit, _ in bodies}
    places = {unit.tier: unit for unit in units} | {unit.code: unit for unit in units if unit.code in there_asked}
    await known_everywhere(sender, list(dict.fromkeys(places.values())), wanted, patience)


async def _post(sender: Sender, at: Unit, map: Map, path: str, body: Body, known: str | None = None) -> None:
    """`known`: the code of a refusal that says that it is there already."""
    digest = sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    answer = await sender.post(at, PERSON, f"/api/v1/{path}", body, f"replay-{map.name}-{path}-{digest[:32]}")
    if not answer.done and answer.body.get("code") != known:
        raise Refused(at.code, f"POST /{path} {body['code']}", answer.status, answer.body)


def item_body(item: Item, map: Map, steps: Iterable[str]) -> Body:
    """The body of POST /items: what the map says, with the log's activities as steps unless the map names its own."""
    if "steps" in item.publish:
        return item.publish
    codes = {step_code(step, map): step[:200] for step in steps}
    return {**item.publish, "steps": [{"code": code, "name": name} for code, name in list(codes.items())[:MAX_STEPS]]}


async def listed(sender: Sender, at: Unit, name: str) -> set[str]:
    """What the service of this unit knows of them, by `key_of`. Raises Refused, NoAnswer."""
    answer = await sender.get(at, PERSON, f"/api/v1/{name}")
    if not answer.done:
        raise Refused(at.code, f"GET /{name}", answer.status, answer.body)
    return {key_of(name, row) for row in rows(answer.body, LISTED_AS.get(name, name))}


async def known_everywhere(
    sender: Sender, places: Iterable[Unit], wanted: set[tuple[str, str]], patience: float
) -> None:
    """Return when the service of each of these units lists all of `wanted`. Raises Refused, NoAnswer."""
    names = sorted({name for name, _ in wanted})
    for place in places:
        wait = Backoff(patience)
        while lacking := wanted - {(name, key) for name in names for key in await listed(sender, place, name)}:
            await wait.once_more(f"{place.code} lacks {len(lacking)} of the {', '.join(names)}, {min(lacking)[1]} too")


def key_of(name: str, row: Mapping[str, Any]) -> str:
    """What tells this unit, item, department or calendar from all others: the id of its stream. A clearance round
    counts as another one in each stage, a chief representative once its sign was hung out."""
    match name:
        case "calendars":
            return str(row["year"])
        case "units":
            return str(row["code"])
        case "clearances":
            return f"{row['name']}/{row['stage']}"
        case "chief-representatives":
            return f"{row['unit']}.{row['department']}/{'hung_out' if row['days']['hung_out'] else 'preparing'}"
        case _:
            return f"{row['unit']}.{row['code']}" if row.get("unit") else str(row["code"])


def rows(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The rows of a listing, bare or under its name."""
    found = body.get(name, body.get("rows", []))
    return cast("list[dict[str, Any]]", found) if isinstance(found, list) else []
