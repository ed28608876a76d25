"""Applicant and interested parties are heard before the decision [36]."""

from datetime import datetime

from contracts.case import PartiesHeard
from contracts.fields import Plain
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import UNDECIDED, Case
from services.casework.who import holding, in_phase, not_done_by


def may_hear_parties(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "hear_parties")
    in_phase(case, UNDECIDED)


def hear_parties(
    case: Case, *, by: Actor, at: datetime, book: Book, parties: int, note: Plain | None = None
) -> list[PartiesHeard]:
    """So many were heard before the decision, with what they said [36]."""
    last = case.last
    repeated = isinstance(last, PartiesHeard) and last.parties == parties
    if repeated and case.last_person == by.subject:
        return []
    may_hear_parties(case, by, book)
    not_done_by(case, case.last_person if repeated else None)
    return [PartiesHeard(parties=parties, note=note)]
