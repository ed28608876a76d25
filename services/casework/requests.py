"""What others ask of the holder (rule 8).

A request goes into a stream of its own, names the custody it was asked under, and reaches whoever holds the case by
then; the event that answers it carries its id (`answering`).
"""

from datetime import datetime

from contracts.case import Material
from contracts.fields import Plain
from contracts.requests import ConsultationAnswerSubmitted, SupplementSubmitted, WithdrawalRequested
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import NOT_ACCEPTED, UNDECIDED, Case, holder
from services.casework.refusals import conflict
from services.casework.who import entitled, in_phase


def may_request_withdrawal(case: Case, by: Actor, book: Book) -> None:
    entitled(case, by, "request_withdrawal")
    _held_elsewhere(case, by)
    in_phase(case, UNDECIDED)


def request_withdrawal(case: Case, *, by: Actor, at: datetime, book: Book) -> list[WithdrawalRequested]:
    """The applicant takes the application back at an office that had the case and no longer holds it.

    Raises Conflict `held_here`, `wrong_phase`.
    """
    may_request_withdrawal(case, by, book)
    return [WithdrawalRequested(case=case.number, epoch=case.epoch, term=case.term)]


def may_submit_supplement(case: Case, by: Actor, book: Book) -> None:
    entitled(case, by, "submit_supplement")
    _held_elsewhere(case, by)
    awaits_papers(case)


def submit_supplement(
    case: Case, *, by: Actor, at: datetime, book: Book, materials: tuple[Material, ...]
) -> list[SupplementSubmitted]:
    """The applicant brings the missing papers to an office that had the case and no longer holds it.

    Raises Conflict `held_here`, `wrong_phase`, `nothing_asked`.
    """
    may_submit_supplement(case, by, book)
    return [SupplementSubmitted(case=case.number, epoch=case.epoch, term=case.term, materials=materials)]


def may_submit_consultation_answer(case: Case, by: Actor, book: Book) -> None:
    entitled(case, by, "submit_consultation_answer", book)
    _held_elsewhere(case, by)
    if not any(consultation.unit == by.unit for consultation in case.consultations):
        raise conflict("not_consulted", case)


def submit_consultation_answer(
    case: Case, *, by: Actor, at: datetime, book: Book, consultation: str, answer: Plain
) -> list[ConsultationAnswerSubmitted]:
    """A department that sits at another unit than the holder's answers what it was asked. Raises Conflict `held_here`,
    `not_consulted`."""
    may_submit_consultation_answer(case, by, book)
    if not consulted(case, by.unit, consultation):
        raise conflict("not_consulted", case)
    return [
        ConsultationAnswerSubmitted(
            case=case.number, epoch=case.epoch, term=case.term, consultation=consultation, answer=answer
        )
    ]


def _held_elsewhere(case: Case, by: Actor) -> None:
    if holder(case) == by.unit:
        raise conflict("held_here", case)


def awaits_papers(case: Case) -> None:
    """Raises Conflict `wrong_phase`, `nothing_asked`."""
    in_phase(case, NOT_ACCEPTED)
    if not case.missing:
        raise conflict("nothing_asked", case)


def consulted(case: Case, unit: str, consultation: str) -> bool:
    """Whether this unit was asked in this consultation."""
    return any((opened.code, opened.unit) == (consultation, unit) for opened in case.consultations)
