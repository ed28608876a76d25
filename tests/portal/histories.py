"""Histories for the board: real records, hashed and chained, in a real log as the replica would have copied them."""

import asyncio
import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from contracts import case as c
from contracts.case import CaseEvent
from contracts.events import Event
from contracts.fields import Plain
from contracts.reference import DepartmentAdmitted, ItemPublished, UnitOpened
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case, holder
from services.casework.moment import moment
from services.casework.receipt import receive
from services.casework.referral import arrive
from services.casework.table import ROWS
from services.cli.replay.command import ROLES
from services.cli.replay.logs import activities, traces
from services.cli.replay.mapping import load
from services.cli.replay.plan import Act, plan
from services.cli.replay.reference import item_body
from services.cli.replay.units import Unit, Units
from services.office.bodies import BODIES, Receive
from services.office.case_fold import CaseFold
from services.runtime.fold import Stamp
from services.runtime.log import Log
from services.runtime.row import Draft, Row, write_row
from services.runtime.sealed_events import seal_event
from services.runtime.sealing import new_case_key

DATA = Path(__file__).parents[2] / "deploy" / "data"
LOG, MAP = DATA / "receipt.csv.gz", load(DATA / "receipt.toml")
CITY, DISTRICT, TOWNSHIP = "340400", "340405", "340405001"
MORNING = datetime(2026, 11, 19, 1, 0, tzinfo=UTC)
"""Nine o'clock in the office."""
KEY = "A" * 43
FOLD = CaseFold()


@dataclass
class History:
    """The chain of one case while it is written; `key` opens what is sealed in it."""

    number: str
    key: bytes = field(default_factory=new_case_key)
    case: Case | None = None
    rows: list[Row] = field(default_factory=list[Row])
    written: int = 0
    """Of the rows, how many are in the log."""

    def write(self, unit: str, event: CaseEvent, at: datetime, actor: str = "clerk-1") -> "History":
        """One more event by `unit`."""
        seq = len(self.rows) + 1
        prev = self.rows[-1].hash if self.rows else None
        before = Stamp(self.number, unit, actor, at, b"")
        custody = FOLD.custody(FOLD.evolve(self.case, event, before))
        row = write_row(
            seal_event(event, self.key, self.number, seq),
            stream=self.number,
            seq=seq,
            epoch=custody.epoch,
            term=custody.term,
            unit=unit,
            holder=custody.holder,
            actor=actor,
            time=at,
            recorded=at,
            command=sha256(f"{self.number}:{seq}".encode()).digest(),
            prev=prev,
        )
        self.case = FOLD.evolve(self.case, event, Stamp(self.number, unit, actor, at, row.hash, custody.epoch))
        self.rows.append(row)
        return self

    def arrives(self) -> "History":
        """The holder's service confirms the last pass, if there is one to confirm."""
        assert self.case is not None
        if self.case.arrived or self.case.last_pass is None:
            return self
        for event in arrive(self.case, unit=holder(self.case), pass_hash=self.case.last_pass.hash):
            self.write(holder(self.case), event, self.case.last_time, "service")
        return self

    def draft(self) -> Draft:
        """What is not in the log yet."""
        fresh = tuple(self.rows[self.written :])
        prev = self.rows[self.written - 1] if self.written else None
        self.written = len(self.rows)
        return Draft(self.number, prev.hash if prev else None, fresh[0].unit, fresh[0].command, None, None, fresh)


async def append(log: Log, histories: Iterable[History]) -> None:
    """Put what is new into the log."""
    await asyncio.gather(*(log.append(h.draft()) for h in histories if h.written < len(h.rows)))


def beside(stream: str, unit: str, event: Event, seq: int = 1, prev: bytes | None = None) -> Draft:
    """An event of a stream beside cases: its first, or the one after `prev`."""
    row = write_row(
        event,
        stream=stream,
        seq=seq,
        epoch=0,
        term=0,
        unit=unit,
        holder=unit,
        actor="admin",
        time=MORNING,
        recorded=MORNING,
        command=sha256(f"{stream}:{seq}".encode()).digest(),
        prev=prev,
    )
    return Draft(stream, prev, unit, row.command, None, None, (row,))


def unit_rows() -> list[dict[str, str]]:
    with (DATA / "huainan-units.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def reference() -> Iterator[tuple[str, Event]]:
    """The 103 real units, the items of the catalogue and of the receipt log, and the bodies that are asked in it: each
    stream and its first event."""
    for row in unit_rows():
        keys = {"sealing_key": KEY, "anchor_key": KEY}
        yield f"unit/{row['code']}", UnitOpened.model_validate({**row, "parent": row["parent"] or None, **keys})
    for item in json.loads((DATA / "items.json").read_text(encoding="utf-8")):
        yield f"item/{item['code']}", ItemPublished.model_validate_json(json.dumps(item))
    for item in MAP.items:
        body = json.dumps(item_body(item, MAP, activities(traces(LOG, MAP))))
        yield f"item/{item.key}", ItemPublished.model_validate_json(body)
    for row in unit_rows():
        for code, name in MAP.departments.items():
            yield f"department/{row['code']}.{code}", DepartmentAdmitted(unit=row["code"], code=code, name=name)


async def publish(log: Log) -> Book:
    """Units and items in the log, and the book of them."""
    book = Book()
    drafts: list[Draft] = []
    for stream, event in reference():
        drafts.append(beside(stream, CITY, event))
        book = book.evolve(stream, event)
    await asyncio.gather(*map(log.append, drafts))
    return book


def receipt_log(book: Book, n: int | None = None) -> Iterator[History]:
    """Cases of the receipt log as the demonstration has them, each written to its end."""
    units = Units(Unit(row["code"], row["tier"], row["parent"] or None) for row in unit_rows())  # type: ignore[arg-type]
    serials: dict[str, int] = {}
    for trace in islice(traces(LOG, MAP), n):
        planned = plan(trace, MAP, units)
        assert planned is not None
        first = planned.acts[0]
        prefix = f"{first.unit.code}-{first.body['at'][:10].replace('-', '')}"
        serials[prefix] = serials.get(prefix, 0) + 1
        history = History(f"{prefix}-{serials[prefix]:04d}")
        for act in planned.acts:
            _told(history, act, book)
        yield history


def _told(history: History, act: Act, book: Book) -> None:
    by = Actor(act.person, act.unit.code, None, ROLES)
    name = act.name.replace("-", "_")
    body = (Receive if name == "receive" else BODIES[name]).model_validate_json(json.dumps(act.body))
    said: dict[str, Any] = {f: getattr(body, f) for f in type(body).model_fields if f != "at"}
    at = body.at
    assert isinstance(at, datetime)
    events: list[Any]
    if history.case is None:
        events = list(receive(by=by, at=at, book=book, **{**said, "applicant": Plain("somebody")}))
    else:
        at = moment(history.case, at)
        events = list(ROWS[name].act(history.case, by=by, at=at, book=book, **said))
    for event in events:
        history.write(act.unit.code, event, at, act.person)
    history.arrives()


def pile(book: Book) -> Iterator[History]:
    """A day's work in every state, over townships of every district: a board on which not all is delivered."""
    lower = [unit for unit in book.units.values() if unit.tier == "township"]
    items = [item for item in sorted(book.items) if not item.startswith("receipt-")]
    for serial in range(60):
        unit = lower[serial * 7 % len(lower)]
        above = unit.parent or CITY
        at = minutes(serial * 5)
        receipt = c.CaseReceived(
            item=items[serial % len(items)], item_version=1, channel="window", applicant=Plain("x")
        )
        history = History(f"{unit.code}-20261119-{serial:04d}").write(unit.code, receipt, at)
        missing = (c.MissingMaterial(kind="identity", reason="illegible"),)
        accepted = c.CaseAccepted(accepted_on=at.date(), limits=(c.Limit(clock="committed", days=5),))
        up = c.CaseReferred(to=above, referral="forward_up", reason="route")
        match serial % 10:
            case 0:
                history.write(unit.code, c.SupplementRequested(missing=missing, note=Plain("请补双面复印件。")), at)
            case 1:
                history.write(unit.code, c.AcceptanceDeclined(reason="not_ours"), at)
            case 2:
                history.write(unit.code, accepted, at).write(unit.code, up, at)
            case 3:
                history.write(unit.code, up, at).arrives()
            case 4:
                history.write(unit.code, c.CaseWithdrawn(), at)
            case 5:
                history.write(unit.code, accepted, at).write(unit.code, c.CaseDecided(outcome="granted"), at)
            case 6:
                review = c.CaseReferred(to=above, referral="preliminary_review", reason="route", opinion=Plain("可"))
                history.write(unit.code, accepted, at).write(unit.code, review, at).arrives()
                history.write(above, c.ReferralAcknowledged(person="clerk-2"), at)
            case 7:
                history.write(unit.code, accepted, at).write(unit.code, c.CaseDecided(outcome="granted"), at)
                history.write(unit.code, c.CaseConcluded(outcome="issued"), at)
            case 8:
                refused = c.ReferralRefused(to=unit.code, ground="wrong_area")
                history.write(unit.code, up, at).arrives().write(above, refused, at)
            case _:
                history.write(unit.code, accepted, at)
        yield history


def minutes(n: int) -> datetime:
    """So many minutes into the morning."""
    return MORNING + timedelta(minutes=n)
