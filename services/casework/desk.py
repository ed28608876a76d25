"""Which person of the holding unit works on a case. It says who, and bars no colleague from acting."""

from datetime import datetime

from contracts.case import CaseAssigned, CaseClaimed, CaseReleased
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case, Held
from services.casework.refusals import conflict
from services.casework.who import holding, not_done_by


def _person(case: Case) -> str | None:
    return case.custody.person if isinstance(case.custody, Held) else None


def may_claim(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "claim")
    person = _person(case)
    not_done_by(case, person if person == by.subject else None)
    if person is not None:
        raise conflict("claimed", case, person=person)


def claim(case: Case, *, by: Actor, at: datetime, book: Book) -> list[CaseClaimed]:
    """Take the case onto one's own desk. Raises Conflict `claimed`."""
    if case.custody == Held(by.unit, by.subject):
        return []
    may_claim(case, by, book)
    return [CaseClaimed(person=by.subject)]


def may_assign(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "assign")


def assign(case: Case, *, by: Actor, at: datetime, book: Book, person: str) -> list[CaseAssigned]:
    """Lay it onto a colleague's desk, whoever has it now, as whoever answers for the work does (ours)."""
    if case.last == CaseAssigned(person=person) and case.last_person == by.subject:
        return []
    may_assign(case, by, book)
    if _person(case) == person:
        raise conflict("claimed", case, person=person)
    return [CaseAssigned(person=person)]


def may_release(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "release")
    match _person(case):
        case None:
            raise conflict("not_claimed", case)
        case person if person != by.subject:
            raise conflict("claimed", case, person=person)
        case _:
            return


def release(case: Case, *, by: Actor, at: datetime, book: Book) -> list[CaseReleased]:
    """Lay it back for the colleagues. Raises Conflict `claimed` (it is on another's desk), `not_claimed`."""
    if case.last == CaseReleased(person=by.subject):
        return []
    may_release(case, by, book)
    return [CaseReleased(person=by.subject)]
