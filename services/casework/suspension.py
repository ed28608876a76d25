"""Time that does not count [45], and time that is added [42]."""

from datetime import datetime
from typing import Literal

from contracts.case import CaseResumed, CaseSuspended, DeadlineExtended
from contracts.fields import Plain
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case, Phase
from services.casework.catalogue import item_of
from services.casework.clocks import clocks
from services.casework.limits import last_day_of
from services.casework.moment import day_ends, moment
from services.casework.reasons import GROUNDS
from services.casework.refusals import conflict, forbidden, unlawful
from services.casework.who import holding, in_phase

Head = Literal["head", "government_head"]
BY_HEAD, BY_GOVERNMENT_HEAD = 10, 15
"""Working days that the body's own head may add; for a joint item the government's head [42]."""


def may_suspend(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "suspend")
    in_phase(case, frozenset({Phase.ACCEPTED}))
    if (running := case.times.suspended) is not None:
        raise conflict("suspended_already", case, person=running.person)


def suspend(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    ground: str,
    expected_days: int,
    notice: str,
    basis: Plain | None = None,
) -> list[CaseSuspended]:
    """Stop the clock for one of the eight grounds of [45], or for one that the item version names, with its basis.

    The applicant is told in writing (`notice`, its number) how many working days it is expected to take. Raises
    Conflict `suspended_already`, Unlawful `ground_unknown`, `basis_missing`.
    """
    running = case.times.suspended
    if running is not None and (running.ground, running.person) == (ground, by.subject):
        return []
    may_suspend(case, by, book)
    if ground not in GROUNDS:
        own = tuple(known.code for known in item_of(case, book).suspension_grounds)
        if ground not in own:
            raise unlawful("ground_unknown", case, ground=ground, grounds=", ".join((*GROUNDS, *own)))
        if basis is None:
            raise unlawful("basis_missing", case, ground=ground)
    return [CaseSuspended(ground=ground, expected_days=expected_days, notice=notice, basis=basis)]


def may_resume(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "resume")
    in_phase(case, frozenset({Phase.ACCEPTED}))
    if case.times.suspended is None:
        raise conflict("not_suspended", case)


def resume(case: Case, *, by: Actor, at: datetime, book: Book) -> list[CaseResumed]:
    """The ground is gone and time counts again, from the next day on. Raises Conflict `not_suspended`."""
    if isinstance(case.last, CaseResumed) and case.last_person == by.subject:
        return []
    may_resume(case, by, book)
    assert case.times.suspended is not None
    return [CaseResumed(ground=case.times.suspended.ground)]


def time_counts_again(case: Case, ground: str) -> list[CaseResumed]:
    """What an act writes beside itself that ends what time was suspended for."""
    running = case.times.suspended
    return [CaseResumed(ground=ground)] if running is not None and running.ground == ground else []


def may_extend(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "extend")
    in_phase(case, frozenset({Phase.ACCEPTED}))
    if case.times.extension is not None:
        raise conflict("extended_already", case, person=case.times.extension.person)
    head, _ = _extended_by(case, book)
    if head not in by.roles:
        raise forbidden("wrong_head", case, role=head)


def extend(case: Case, *, by: Actor, at: datetime, book: Book, days: int, reason: str) -> list[DeadlineExtended]:
    """Add working days to the law's limit, once, before it has passed: at most 10 by the body's head, for a joint item
    at most 15 by the government's head [42]. The committed limit stays where it was promised.

    Raises Conflict `extended_already`, Forbidden `wrong_head`, Unlawful `too_many_days`, `nothing_to_extend`,
    `limit_passed`.
    """
    extension = case.times.extension
    if extension is not None and (extension.days, extension.person) == (days, by.subject):
        return []
    may_extend(case, by, book)
    head, most = _extended_by(case, book)
    if not 1 <= days <= most:
        raise unlawful("too_many_days", case, most=str(most))
    statutory = next((clock for clock in clocks(case.times, book) if clock.name == "statutory"), None)
    if statutory is None:
        raise unlawful("nothing_to_extend", case)
    last_day = last_day_of(statutory, case.times, book.calendar)
    if last_day is not None and moment(case, at) >= day_ends(last_day):
        raise unlawful("limit_passed", case, day=last_day.isoformat())
    return [DeadlineExtended(days=days, approver=by.subject, by=head, reason=reason)]


def _extended_by(case: Case, book: Book) -> tuple[Head, int]:
    """Whose head may add working days, and how many [42]."""
    joint = item_of(case, book).type == "joint"
    return ("government_head", BY_GOVERNMENT_HEAD) if joint else ("head", BY_HEAD)
