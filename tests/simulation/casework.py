"""Casework as the product does it: its book, its fold, and its acts as people choose among them."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from contracts.case import (
    CaseConcluded,
    CaseReceived,
    CaseReferred,
    Material,
    MissingMaterial,
    ReferralAcknowledged,
    StepCompleted,
)
from contracts.fields import Plain
from contracts.reference import (
    CalendarPublished,
    DayMark,
    DepartmentAdmitted,
    ItemPublished,
    Point,
    RequiredMaterial,
    Route,
    UnitOpened,
)
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case, Offered
from services.casework.recall import REFERRALS
from services.runtime.branch import Link
from tests.simulation.records import Record

CITY, PORTAL = "340400", "portal"
D1, D2 = "340402", "340403"
T1, T2, T3 = "340402101", "340402102", "340403101"
SUPERIORS = {CITY: None, D1: CITY, D2: CITY, T1: D1, T2: D1, T3: D2}
TIERS = ("township", "district", "city")
ITEM, DEPARTMENT = "licence", "market"
SUPPLY_DAYS, COMMITTED_DAYS, STATUTORY_DAYS, ANSWER_DAYS = 4, 5, 12, 3
HOLIDAYS = tuple(
    DayMark.model_validate({"day": f"2026-{day}", "work": work, "name": "day"})
    for day, work in (("03-05", False), ("03-07", True), ("03-20", False), ("04-06", False), ("04-11", True))
)
APPLICATION = (Material(kind="identity", form="copy"),)
PAPERS = tuple(Material(kind=kind, form="copy") for kind in ("form", "map"))


def _book() -> Book:
    book = Book()
    for code, above in SUPERIORS.items():
        tier = "city" if above is None else "district" if above == CITY else "township"
        keys = {"sealing_key": "A" * 43, "anchor_key": "A" * 43}
        opened = UnitOpened.model_validate({"code": code, "name": code, "tier": tier, "parent": above, **keys})
        book = book.evolve(f"unit/{code}", opened)
    item = ItemPublished.model_validate(
        {
            "code": ITEM,
            "name": ITEM,
            "department": DEPARTMENT,
            "type": "committed",
            "tier": "city",
            "points": tuple(Point.model_validate({"tier": tier, "role": "entrusted"}) for tier in TIERS),
            "route": Route(receives="township", decides="township"),
            "decidable_on": TIERS,
            "legal_basis": ("a law",),
            "statutory_days": STATUTORY_DAYS,
            "committed_days": COMMITTED_DAYS,
            "supplement_days": SUPPLY_DAYS,
            "materials": tuple(
                RequiredMaterial.model_validate({"kind": kind, "name": kind, "form": "copy"})
                for kind in ("identity", "form", "map")
            ),
        }
    )
    book = book.evolve(f"item/{ITEM}", item)
    for code in SUPERIORS:
        here = DepartmentAdmitted(unit=code, code=DEPARTMENT, name=DEPARTMENT)
        book = book.evolve(f"department/{code}.{DEPARTMENT}", here)
    published = CalendarPublished(year=2026, calendar_version="2026-1", marks=HOLIDAYS, source="notice")
    return book.evolve("calendar/2026", published)


BOOK = _book()
"""Known to every service from the beginning; only the calendar is amended."""

RECEIVED = CaseReceived(
    item=ITEM, item_version=1, channel="window", applicant=Plain("a citizen"), materials=APPLICATION
)
WORKED = StepCompleted(step="look", outcome="done")
CONCLUDED = CaseConcluded(outcome="void")


def referred(to: str) -> CaseReferred:
    return CaseReferred(to=to, referral="transfer", reason="r")


@lru_cache(maxsize=64)
def somebody(unit: str) -> Actor:
    return Actor(f"p-{unit}", unit, DEPARTMENT, frozenset({"clerk", "approver", "head", "supervisor"}))


def acknowledged(unit: str) -> ReferralAcknowledged:
    return ReferralAcknowledged(person=somebody(unit).subject)


Act = tuple[str, Mapping[str, Any]]
"""Name in the table of acts, and what its body says."""


def passing(case: Case, unit: str, units: list[str], step: str) -> list[Act]:
    """What the holder may do that moves the case on, and a step of work. `step`: one never done before."""
    if isinstance(case.custody, Offered):
        return [("acknowledge", {}), ("acknowledge", {}), ("refuse", {"ground": "wrong_area"})]
    purpose = "correction" if case.ending is None else "deliver_result"
    return [
        ("complete_step", {"step": step, "outcome": "done"}),
        *(("refer", {"to": to, "kind": "transfer", "reason": "r"}) for to in units if to != unit),
        *(("return", {"to": to, "purpose": purpose}) for to in sorted(case.known - {unit})),
        ("conclude", {"outcome": "void" if case.decision is None else "issued"}),
    ]


def timed(case: Case) -> list[Act]:
    """What the holder may do that a limit depends on."""
    if isinstance(case.custody, Offered):
        return [("acknowledge", {})]
    missing = tuple(MissingMaterial(kind=material.kind, reason="illegible") for material in PAPERS)
    return [
        ("request_supplement", {"items": missing}),
        ("request_supplement", {"items": missing[:1]}),
        ("receive_supplement", {"materials": PAPERS}),
        ("receive_supplement", {"materials": PAPERS[:1]}),
        ("accept", {}),
        ("suspend", {"ground": "testing", "expected_days": 2, "notice": "N-1"}),
        ("resume", {}),
        ("resume", {}),
        ("extend", {"days": 3, "reason": "r"}),
        ("decide", {"outcome": "granted"}),
        ("deliver", {"how": "window"}),
        ("decline", {"reason": "not_ours"}),
    ]


def consulting(case: Case, unit: str, units: list[str], code: str) -> list[Act]:
    """What the holder may do about the opinion of others: ask for it, here or elsewhere, write down what its own house
    says, and decide without those who are silent. `code`: one never used before."""
    if isinstance(case.custody, Offered):
        return [("acknowledge", {})]
    said = {"department": DEPARTMENT, "question": Plain("?"), "days": ANSWER_DAYS}
    return [
        *(("open_consultation", {"consultation": code, "unit": to, **said}) for to in units),
        *(("answer_consultation", {"consultation": own, "answer": Plain("!")}) for own in asked_of(case, unit)),
        ("accept", {}),
        ("decide", {"outcome": "granted", "without_answer": "silent"}),
        ("decide", {"outcome": "granted"}),
    ]


def asked_of(case: Case, unit: str) -> list[str]:
    """The consultations that wait for an answer of this unit."""
    return [opened.code for opened in case.consultations if opened.unit == unit]


def answered(chain: Iterable[Record]) -> set[str]:
    return {record.answers for record in chain if record.answers is not None}


def may_recall(case: Case, unit: str) -> bool:
    last = case.last_pass
    offered = isinstance(case.custody, Offered)
    return offered and last is not None and last.by == unit and last.kind in REFERRALS


def passes(link: Link) -> bool:
    return link.holder != link.unit
