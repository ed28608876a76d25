"""The application is taken up, or it is not [32]."""

from datetime import datetime

from contracts.case import AcceptanceDeclined, CaseAccepted
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import NOT_ACCEPTED, Case, Phase
from services.casework.catalogue import entrusted, item_of
from services.casework.clocks import limits_of
from services.casework.lapse import accepted_by_law
from services.casework.moment import local_day, moment
from services.casework.refusals import conflict, unlawful
from services.casework.who import holding, in_phase, not_done_by

REMEDIES = ("administrative_reconsideration", "administrative_litigation")
"""行政复议, 行政诉讼: told with every declination."""


def may_accept(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "accept")
    not_done_by(case, case.acceptance.person if case.phase is Phase.ACCEPTED and case.acceptance else None)
    in_phase(case, NOT_ACCEPTED)
    if case.missing:
        raise conflict("supplement_outstanding", case, kinds=", ".join(paper.kind for paper in case.missing))
    entrusted(case, by.unit, book)


def accept(case: Case, *, by: Actor, at: datetime, book: Book) -> list[CaseAccepted]:
    """Accept today; the item version's statutory and committed limits run from here (working days).

    Once the time to tell what is missing is over, the law has accepted already: deemed, with the lawful day.
    Raises Conflict `supplement_outstanding`, Unlawful `agent_point`.
    """
    if case.acceptance and case.acceptance.person == by.subject:
        return []
    may_accept(case, by, book)
    limits = limits_of(item_of(case, book))
    if (lawful := accepted_by_law(case, book, moment(case, at))) is not None:
        return [CaseAccepted(accepted_on=lawful, deemed=True, limits=limits)]
    return [CaseAccepted(accepted_on=local_day(moment(case, at)), limits=limits)]


def may_decline(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "decline")
    not_done_by(case, case.ending.person if case.phase is Phase.DECLINED and case.ending else None)
    in_phase(case, NOT_ACCEPTED)
    if case.supplement is not None and not case.missing:
        raise unlawful("only_acceptance", case)
    entrusted(case, by.unit, book)


def decline(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    reason: str,
    right_office: str | None = None,
) -> list[AcceptanceDeclined]:
    """Do not take the application up, with the reason, the right office when it is another's, and the remedies.

    Once everything that was asked for is in, only acceptance is lawful [32(5)]: Unlawful `only_acceptance`; once the
    time to tell what is missing is over, the law has accepted: Unlawful `accepted_by_law`.
    """
    if case.ending and case.ending.phase is Phase.DECLINED and case.ending.person == by.subject:
        return []
    may_decline(case, by, book)
    if (lawful := accepted_by_law(case, book, moment(case, at))) is not None:
        raise unlawful("accepted_by_law", case, day=lawful.isoformat())
    return [AcceptanceDeclined(reason=reason, right_office=right_office, remedies=REMEDIES)]
