"""Opening a centre: what is lacking is named, and until the day it opens it takes no case."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contracts.reference import Appointment, CalendarPublished, DepartmentAdmitted, ItemRetired, UnitClosed, UnitOpened
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.opening import appoint_staff, checklist, inaugurate_unit
from services.casework.reference import admit_department
from services.casework.refusals import Conflict, Forbidden, Refusal, Unlawful
from tests.office.story import BOOK, CITY, CITY_CLERK, DISTRICT, KEY, MORNING, OTHER_DISTRICT, TOWNSHIP, received

NEW = "340405"
TODAY = date(2026, 11, 23)
ADMINISTRATOR = Actor("admin", CITY, None, frozenset({"unit_administrator"}))
DISTRICT_ADMINISTRATOR = Actor("admin", DISTRICT, None, frozenset({"unit_administrator"}))
STAFF = (Appointment(person="A01", role="clerk"), Appointment(person="A02", role="approver", department="market"))


def registered(**differs: Any) -> UnitOpened:
    content = {"code": NEW, "name": "new", "tier": "district", "parent": CITY, "sealing_key": KEY, "anchor_key": KEY}
    return UnitOpened.model_validate({**content, "preparing": True, **differs})


REGISTERED = BOOK.evolve(f"unit/{NEW}", registered())
MARKET = DepartmentAdmitted(unit=NEW, code="market", name="market supervision")
CALENDAR = CalendarPublished(year=2026, calendar_version="2026.1", marks=(), source="a notice")


def appointing(
    by: Actor = ADMINISTRATOR, book: Book = REGISTERED, unit: str = NEW, staff: tuple[Appointment, ...] = STAFF[:1]
) -> object:
    return appoint_staff(by=by, book=book, unit=unit, staff=staff, root=CITY)


def prepared(*, without: str = "") -> Book:
    """The new centre with everything but what `without` names."""
    book = REGISTERED
    if without != "bodies":
        book = book.evolve(f"department/{NEW}.market", MARKET)
    if without != "staff":
        [appointed] = appoint_staff(by=ADMINISTRATOR, book=book, unit=NEW, staff=_staff(without), root=CITY)
        book = book.evolve(f"unit/{NEW}", appointed)
    if without != "calendar":
        book = book.evolve("calendar/2026", CALENDAR)
    if without == "items":
        for key in book.items:
            book = book.evolve(f"item/{key}", ItemRetired(ground="x", retired_on=TODAY))
    if without == "superior":
        book = replace(book, units={**book.units, CITY: replace(book.units[CITY], preparing=True)})
    return book


def _staff(without: str) -> tuple[Appointment, ...]:
    return STAFF if without != "bodies" else (STAFF[0], Appointment(person="A02", role="approver"))


def inaugurating(by: Actor = ADMINISTRATOR, book: Book = REGISTERED, unit: str = NEW) -> object:
    return inaugurate_unit(by=by, at=MORNING, book=book, unit=unit, root=CITY)


def lacking(book: Book, unit: str = NEW) -> set[str]:
    return {check.name for check in checklist(book, unit, TODAY) if not check.done}


def test_a_unit_that_was_only_registered_lacks_bodies_staff_and_calendar() -> None:
    assert [check.name for check in checklist(REGISTERED, NEW, TODAY)] == [
        *("key", "bodies", "items", "staff", "calendar", "superior"),
    ]
    assert lacking(REGISTERED) == {"bodies", "staff", "calendar"}


@pytest.mark.parametrize("what", ["bodies", "items", "staff", "calendar", "superior"])
def test_a_centre_does_not_open_while_one_thing_is_lacking_and_is_told_which(what: str) -> None:
    book = prepared(without=what)
    assert lacking(book) == {what}
    with pytest.raises(Unlawful) as refusal:
        inaugurating(book=book)
    assert refusal.value.code == "opening_incomplete"
    [check] = [check for check in checklist(book, NEW, TODAY) if not check.done]
    assert check.en in refusal.value.en
    assert check.zh in refusal.value.zh


def test_a_centre_where_nobody_decides_lacks_staff() -> None:
    book = prepared(without="staff")
    [appointed] = appoint_staff(by=ADMINISTRATOR, book=book, unit=NEW, staff=STAFF[:1], root=CITY)
    assert lacking(book.evolve(f"unit/{NEW}", appointed)) == {"staff"}


def test_a_point_that_decides_nothing_needs_neither_a_body_nor_an_approver() -> None:
    point = registered(code=f"{TOWNSHIP}999", tier="township", parent=TOWNSHIP)
    book = BOOK.evolve("calendar/2026", CALENDAR).evolve(f"unit/{point.code}", point)
    agents_only = {key: item for key, item in book.items.items() if book.point(TOWNSHIP, item.newest) == "agent"}
    assert agents_only
    book = replace(book, items=agents_only)
    assert lacking(book, point.code) == {"staff"}
    agent = (Appointment(person="A07", role="agent"),)
    [appointed] = appoint_staff(by=ADMINISTRATOR, book=book, unit=point.code, staff=agent, root=CITY)
    assert lacking(book.evolve(f"unit/{point.code}", appointed), point.code) == set()


def test_a_centre_that_is_being_prepared_takes_no_case_and_from_its_opening_on_it_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clerk = Actor("A01", NEW, None, frozenset({"clerk"}))
    here = prepared()
    monkeypatch.setattr("tests.office.story.BOOK", here)
    with pytest.raises(Unlawful) as refusal:
        received(clerk)
    assert refusal.value.code == "unit_preparing"
    story = replace(received(CITY_CLERK), book=here)
    story.refused("unit_preparing", CITY_CLERK, "refer", to=NEW, kind="transfer", reason="route")
    [opened] = inaugurate_unit(by=ADMINISTRATOR, at=MORNING, book=here, unit=NEW, root=CITY)
    assert opened.opened_on == TODAY
    after = here.evolve(f"unit/{NEW}", opened)
    monkeypatch.setattr("tests.office.story.BOOK", after)
    assert received(clerk).case.number.startswith(NEW)
    assert after.is_open(NEW)
    assert not here.is_open(NEW)
    assert here.is_here(NEW)


def test_its_bodies_come_in_while_it_is_being_prepared() -> None:
    by = Actor("admin", NEW, None, frozenset({"unit_administrator"}))
    assert admit_department(by=by, at=MORNING, book=REGISTERED, department=MARKET)


def test_the_same_staff_again_writes_nothing() -> None:
    assert appointing(book=prepared(), staff=STAFF) == []


CLOSED = REGISTERED.evolve(f"unit/{NEW}", UnitClosed(successor=DISTRICT, closed_on=TODAY))
WRONG: dict[str, tuple[Callable[[], object], type[Refusal], str]] = {
    "staff named by a clerk": (lambda: appointing(CITY_CLERK), Forbidden, "role_missing"),
    "staff named by a district": (lambda: appointing(DISTRICT_ADMINISTRATOR), Forbidden, "city_only"),
    "staff of no unit": (lambda: appointing(unit="349999"), Unlawful, "unit_unknown"),
    "staff of a closed unit": (lambda: appointing(book=CLOSED), Unlawful, "unit_closed"),
    "a role that nobody has": (
        lambda: appointing(staff=(Appointment(person="A01", role="king"),)),
        Unlawful,
        "role_unknown",
    ),
    "a body that is not there": (lambda: appointing(staff=STAFF), Unlawful, "department_unknown"),
    "opened by a clerk": (lambda: inaugurating(CITY_CLERK), Forbidden, "role_missing"),
    "opened by a district": (lambda: inaugurating(DISTRICT_ADMINISTRATOR), Forbidden, "city_only"),
    "opened, and unknown": (lambda: inaugurating(unit="349999"), Unlawful, "unit_unknown"),
    "opened after it was closed": (lambda: inaugurating(book=CLOSED), Unlawful, "unit_closed"),
    "opened twice": (lambda: inaugurating(unit=OTHER_DISTRICT), Conflict, "unit_open_already"),
}


@pytest.mark.parametrize(("act", "kind", "code"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused_in_both_languages(act: Callable[[], object], kind: type[Refusal], code: str) -> None:
    with pytest.raises(kind) as refusal:
        act()
    assert refusal.value.code == code
    assert "{" not in refusal.value.zh + refusal.value.en
