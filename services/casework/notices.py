"""Notices (文书) are issued: each tells of something that has happened, with seal, number, day and digest."""

from collections.abc import Callable, Mapping
from datetime import datetime

from contracts.case import NoticeIssued
from contracts.case.papers import NoticeKind
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case, Phase
from services.casework.moment import local_day, moment
from services.casework.numbering import number
from services.casework.refusals import unlawful
from services.casework.who import holding, not_done_by


def _decided(outcome: str) -> Callable[[Case], bool]:
    return lambda case: case.decision is not None and case.decision.outcome == outcome


TELLS: Mapping[NoticeKind, Callable[[Case], bool]] = {
    "receipt": lambda case: True,
    "supplement": lambda case: case.supplement is not None,
    "acceptance": lambda case: case.acceptance is not None,
    "declination": lambda case: case.ending is not None and case.ending.phase is Phase.DECLINED,
    "extension": lambda case: case.times.extension is not None,
    "special_procedure": lambda case: bool(case.times.suspensions or case.dossier.hearing),
    "decision_granted": _decided("granted"),
    "decision_denied": _decided("denied"),
    "delivery": lambda case: case.delivered_by is not None,
}
"""Whether what the notice tells of has happened."""


def may_issue_notice(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "issue_notice")


def issue_notice(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    notice: NoticeKind,
    seal: str,
    digest: str,
    serial: int = 1,
) -> list[NoticeIssued]:
    """Issue a notice today, under the next number of the unit, kind and year. `digest`: SHA-256 of the paper.

    The same paper is issued once. Raises Unlawful `nothing_to_tell`.
    """
    issued = next((one for one in case.dossier.notices if (one.notice, one.digest) == (notice, digest)), None)
    if issued is not None and issued.person == by.subject:
        return []
    may_issue_notice(case, by, book)
    not_done_by(case, issued.person if issued else None)
    if not TELLS[notice](case):
        raise unlawful("nothing_to_tell", case, notice=notice)
    day = local_day(moment(case, at))
    numbered = number(by.unit, notice, day, serial)
    return [NoticeIssued(notice=notice, number=numbered, seal=seal, issued_on=day, digest=digest)]
