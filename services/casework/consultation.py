"""Other bodies are asked for their opinion, in one's own house or at another unit. Custody stays, several may run."""

from datetime import datetime

from contracts.case import ConsultationAnswered, ConsultationOpened
from contracts.fields import Plain
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import UNDECIDED, Case
from services.casework.catalogue import open_unit
from services.casework.dossier import Consultation
from services.casework.refusals import conflict, unlawful
from services.casework.who import holding, in_phase, not_done_by

DAYS = 7
"""Working days to answer in unless the question says otherwise (ours)."""


def may_open_consultation(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "open_consultation")
    in_phase(case, UNDECIDED)


def open_consultation(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    consultation: str,
    department: str,
    question: Plain,
    unit: str | None = None,
    days: int = DAYS,
) -> list[ConsultationOpened]:
    """Ask a department in one's own house, or at another `unit`, which then gets to know the case; `consultation` is
    a number that this case has not used. The decision waits for the answer unless it says why not.

    Raises Conflict `consultation_used`, Unlawful `unit_unknown`, `unit_closed`, `department_unknown`.
    """
    elsewhere = None if unit == by.unit else unit
    running = _running(case, consultation)
    here = (running.department, running.unit, running.person) if running else None
    if here == (department, elsewhere or by.unit, by.subject):
        return []
    may_open_consultation(case, by, book)
    if any(asked.code == consultation for asked in case.times.consultations):
        raise conflict("consultation_used", case, consultation=consultation)
    if elsewhere is not None:
        open_unit(elsewhere, book, case)
    if department not in book.departments.get(elsewhere or by.unit, {}):
        raise unlawful("department_unknown", case, department=department, unit=elsewhere or by.unit)
    return [
        ConsultationOpened(
            consultation=consultation, department=department, question=question, days=days, unit=elsewhere
        )
    ]


def may_answer_consultation(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "answer_consultation")
    if case.consultations:
        return
    last = case.last
    not_done_by(case, case.last_person if isinstance(last, ConsultationAnswered) else None)
    raise conflict("not_consulted", case)


def answer_consultation(
    case: Case, *, by: Actor, at: datetime, book: Book, consultation: str, answer: Plain
) -> list[ConsultationAnswered]:
    """What a department in the holder's own house says; one at another unit answers by its own clerk's request.

    Raises Conflict `not_consulted`, `answered_elsewhere`.
    """
    last = case.last
    answered = isinstance(last, ConsultationAnswered) and last.consultation == consultation
    if answered and case.last_person == by.subject:
        return []
    may_answer_consultation(case, by, book)
    not_done_by(case, case.last_person if answered else None)
    running = _running(case, consultation)
    if running is None:
        raise conflict("not_consulted", case)
    if running.unit != by.unit:
        raise conflict("answered_elsewhere", case, unit=running.unit)
    return [ConsultationAnswered(consultation=consultation, answer=answer)]


def awaited(case: Case, without_answer: str | None) -> str | None:
    """Why the decision does not wait; None when nothing is open. Raises Conflict `consultations_open`."""
    if not case.consultations:
        return None
    if without_answer is None:
        said = ", ".join(f"{opened.code} ({opened.department}, {opened.unit})" for opened in case.consultations)
        raise conflict("consultations_open", case, consultations=said)
    return without_answer


def _running(case: Case, consultation: str) -> Consultation | None:
    return next((opened for opened in case.consultations if opened.code == consultation), None)
