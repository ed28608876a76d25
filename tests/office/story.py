"""Given a history, when somebody acts, then this is written: the words in which the office's tests are told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, cast

import pytest

from contracts.case import CaseEvent
from contracts.events import Event
from contracts.fields import Plain
from contracts.reference import DepartmentAdmitted, ItemPublished, ItemStep, Point, RequiredMaterial, Route, UnitOpened
from services.casework import receipt, referral
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case, holder
from services.casework.fold import evolve
from services.casework.refusals import Refusal
from services.casework.table import row
from services.runtime.fold import Stamp

CITY, DISTRICT, TOWNSHIP, VILLAGE = "340400", "340402", "340402101", "340402101201"
OTHER_DISTRICT, OTHER_TOWNSHIP = "340403", "340403101"
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday 2026-11-23, nine o'clock in the office."""
LICENCE, FORWARDED, VILLAGE_ONLY = "business-licence", "birth-certificate", "340402.village-proof"
FIRE = "fire"
"""A body with windows in the city, in one district and in its township."""
FEE, FEE_BASIS = 5000, "price notice 2026/1"
"""Of the licence, in fen."""
KEY = "A" * 43


def unit_opened(code: str, tier: str, parent: str | None) -> UnitOpened:
    return UnitOpened.model_validate(
        {"code": code, "name": code, "tier": tier, "parent": parent, "sealing_key": KEY, "anchor_key": KEY}
    )


def item_published(code: str, **differs: Any) -> ItemPublished:
    """An item accepted and decided everywhere, with two required papers, unless said otherwise."""
    everywhere = ("township", "district", "city")
    content: dict[str, Any] = {
        "code": code,
        "name": code,
        "department": "market",
        "type": "committed",
        "tier": "city",
        "points": tuple(Point(tier=tier, role="entrusted") for tier in everywhere),
        "route": Route(receives="township", decides="district"),
        "decidable_on": everywhere,
        "legal_basis": ("a law",),
        "statutory_days": 20,
        "committed_days": 5,
        "materials": (
            RequiredMaterial(kind="application", name="form", form="original"),
            RequiredMaterial(kind="identity", name="identity card", form="copy"),
            RequiredMaterial(kind="photo", name="photograph", form="original", required=False),
            RequiredMaterial(kind="household", name="register", form="copy", source="other_office"),
        ),
        "steps": (
            ItemStep(code="review", name="review"),
            ItemStep(code="site-visit", name="visit", site_check=True),
        ),
    }
    return ItemPublished.model_validate({**content, **differs})


def written_book() -> Book:
    """One city, two districts, a township under each, a village point under one."""
    book = Book()
    for code, tier, parent in (
        (CITY, "city", None),
        (DISTRICT, "district", CITY),
        (OTHER_DISTRICT, "district", CITY),
        (TOWNSHIP, "township", DISTRICT),
        (OTHER_TOWNSHIP, "township", OTHER_DISTRICT),
        (VILLAGE, "township", TOWNSHIP),
    ):
        book = book.evolve(f"unit/{code}", unit_opened(code, tier, parent))
    for unit in (CITY, DISTRICT, TOWNSHIP):
        admitted = DepartmentAdmitted(unit=unit, code=FIRE, name="fire brigade")
        book = book.evolve(f"department/{unit}.{FIRE}", admitted)
    agents = (Point(tier="township", role="agent"), Point(tier="district", role="entrusted"))
    own = (Point(tier="township", role="entrusted"), Point(tier="district", role="entrusted"))
    for key, item in (
        (LICENCE, item_published(LICENCE, fee=FEE, fee_basis=FEE_BASIS)),
        (FORWARDED, item_published(FORWARDED, points=agents, decidable_on=("district",))),
        (VILLAGE_ONLY, item_published("village-proof", tier="district", unit=DISTRICT, points=own)),
    ):
        book = book.evolve(f"item/{key}", item)
    return book


BOOK = written_book()


def person(unit: str, name: str = "", *roles: str) -> Actor:
    """A clerk of the unit unless other roles are said."""
    return Actor(name or f"clerk-{unit}", unit, None, frozenset(roles or ("clerk",)))


CLERK, COLLEAGUE = person(TOWNSHIP), person(TOWNSHIP, "colleague")
DISTRICT_CLERK, CITY_CLERK = person(DISTRICT), person(CITY)
APPROVER = person(TOWNSHIP, "approver", "approver")
AGENT = person(TOWNSHIP, "agent", "agent")
IMPORTER = person(TOWNSHIP, "importer", "clerk", "approver", "integrator")


@dataclass(frozen=True, slots=True)
class Story:
    """A case and all that was written of it. Every act takes a minute."""

    case: Case
    written: tuple[Event, ...]
    """By the last act alone."""
    now: datetime
    book: Book = BOOK

    def when(self, by: Actor, act: str, /, **body: Any) -> "Story":
        """Somebody acts; what that writes becomes history. A request goes into a stream of its own."""
        events = row(act).act(self.case, by=by, at=self.now, book=self.book, **body)
        return self._with(by.unit, by.subject, events)

    def then(self, *events: Event) -> "Story":
        """The last act wrote exactly these."""
        assert self.written == events
        return self

    def refused(self, code: str, by: Actor, act: str, /, **body: Any) -> Refusal:
        """The act is refused with this code; the refusal can be looked at further."""
        with pytest.raises(Refusal) as refusal:
            row(act).act(self.case, by=by, at=self.now, book=self.book, **body)
        assert refusal.value.code == code
        assert refusal.value.zh
        assert refusal.value.en
        return refusal.value

    def arrives(self) -> "Story":
        """The holder's service writes the arrival of the last pass."""
        assert self.case.last_pass is not None
        unit = holder(self.case)
        return self._with(unit, "service", referral.arrive(self.case, unit=unit, pass_hash=self.case.last_pass.hash))

    def fold(self, unit: str, *events: CaseEvent) -> "Story":
        """Events that no act here writes yet."""
        return self._with(unit, f"clerk-{unit}", events)

    def _with(self, unit: str, subject: str, events: Sequence[Event]) -> "Story":
        case, now = self.case, self.now
        for event in events:
            if event.kind == "case":
                case = evolve(case, cast(CaseEvent, event), stamped(case.number, unit, subject, now, event))
        return replace(self, case=case, written=tuple(events), now=now + timedelta(minutes=1))


def stamped(number: str, unit: str, subject: str, now: datetime, event: Event) -> Stamp:
    """A record's hash differs by event, writer and instant."""
    digest = sha256(f"{number}{unit}{now}{event!r}".encode()).digest()
    return Stamp(number, unit, subject, now, digest)


def received(by: Actor = CLERK, item: str = LICENCE, at: datetime = MORNING, **differs: Any) -> Story:
    """A case just received; its dossier is empty unless said otherwise."""
    number = receipt.case_number(by.unit, at, 1)
    body: dict[str, Any] = {"item": item, "channel": "window", "applicant": Plain("a citizen"), **differs}
    events = receipt.receive(by=by, at=at, book=BOOK, **body)
    case = evolve(None, events[0], stamped(number, by.unit, by.subject, at, events[0]))
    return Story(case, tuple(events), at + timedelta(minutes=1))
