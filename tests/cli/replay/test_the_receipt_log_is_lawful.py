"""The whole receipt log, told to casework itself: every planned act is one that the offices would have been allowed."""

import csv
import json
from collections import Counter
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from contracts.fields import Plain
from contracts.reference import DepartmentAdmitted, ItemPublished, UnitOpened
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case, Phase, holder
from services.casework.fold import evolve
from services.casework.moment import moment
from services.casework.receipt import receive
from services.casework.referral import arrive
from services.casework.table import ROWS
from services.cli.replay.command import ROLES
from services.cli.replay.logs import activities, traces
from services.cli.replay.mapping import load
from services.cli.replay.plan import Act, plan
from services.cli.replay.reference import Asked, asked, item_body
from services.cli.replay.units import Unit, Units
from services.office.bodies import BODIES, Receive
from services.runtime.fold import Stamp

DATA = Path(__file__).parents[3] / "deploy" / "data"
LOG, MAP = DATA / "receipt.csv.gz", load(DATA / "receipt.toml")


def rows() -> list[dict[str, str]]:
    with (DATA / "huainan-units.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def book(bodies: Asked) -> Book:
    found = Book()
    for row in rows():
        keys = {"sealing_key": "A" * 43, "anchor_key": "A" * 43}
        unit = UnitOpened.model_validate({**row, "parent": row["parent"] or None, **keys})
        found = found.evolve(f"unit/{unit.code}", unit)
    for item in MAP.items:
        body = json.dumps(item_body(item, MAP, activities(traces(LOG, MAP))))
        found = found.evolve(f"item/{item.key}", ItemPublished.model_validate_json(body))
    for unit, code in bodies:
        body = DepartmentAdmitted(unit=unit, code=code, name=MAP.departments[code])
        found = found.evolve(f"department/{unit}.{code}", body)
    return found


def told(case: Case | None, act: Act, number: str, known: Book) -> tuple[Case, int]:
    """The case after this act, and how many events it wrote; the arrival after a pass is written at once."""
    by = Actor(act.person, act.unit.code, None, ROLES)
    body = (Receive if act.name == "receive" else BODIES[act.name.replace("-", "_")]).model_validate_json(
        json.dumps(act.body)
    )
    said: dict[str, Any] = {name: getattr(body, name) for name in type(body).model_fields if name != "at"}
    at = body.at
    assert isinstance(at, datetime)
    if case is None:
        events: list[Any] = list(receive(by=by, at=at, book=known, **{**said, "applicant": Plain("x")}))
    else:
        at = moment(case, at)
        events = list(ROWS[act.name.replace("-", "_")].act(case, by=by, at=at, book=known, **said))
    for event in events:
        stamp = Stamp(number, act.unit.code, act.person, at, sha256(act.key.encode()).digest())
        case = evolve(case, event, stamp)
    assert case is not None
    if not case.arrived and case.last_pass is not None:
        arrival = arrive(case, unit=holder(case), pass_hash=case.last_pass.hash)
        for event in arrival:
            case = evolve(case, event, Stamp(number, holder(case), "service", case.last_time, b"h" * 32))
    return case, len(events)


def test_every_act_of_the_receipt_log_writes_its_event_and_every_case_ends_as_the_log_says() -> None:
    units = Units(Unit(row["code"], row["tier"], row["parent"] or None) for row in rows())  # type: ignore[arg-type]
    plans = [planned for trace in traces(LOG, MAP) if (planned := plan(trace, MAP, units)) is not None]
    known = book(Asked().union(*map(asked, plans)))
    ended: Counter[str] = Counter()
    for serial, planned in enumerate(plans, 1):
        case: Case | None = None
        number = f"{planned.acts[0].unit.code}-20110101-{serial:04d}"
        for act in planned.acts:
            case, wrote = told(case, act, number, known)
            assert wrote == 1, f"{planned.case}: {act.name} wrote nothing"
        assert case is not None
        assert case.settled_by is not None
        assert (case.phase is Phase.DELIVERED) == planned.closed
        assert case.consultations == (), "what was asked was answered"
        ended["closed" if planned.closed else "open"] += 1
        ended["asked"] += len(case.times.consultations)
        ended["suspended"] += len(case.times.suspensions)
        ended["still suspended"] += case.times.suspended is not None
    assert ended == {"closed": 1329, "open": 105, "asked": 21, "suspended": 20, "still suspended": 2}
