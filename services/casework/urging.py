"""The custodian is pressed (催办): by a supervisor above it, by the applicant, or by the clock."""

from datetime import datetime
from typing import Literal

from contracts.case import CaseUrged, RequestDeclined
from contracts.requests import UrgingRequested
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import UNDECIDED, Case, Held, Phase, holder
from services.casework.moment import local_day, moment
from services.casework.refusals import conflict, forbidden
from services.casework.who import entitled, in_phase

Level = Literal["reminder", "yellow", "red"]
RANK: dict[Level, int] = {"reminder": 0, "yellow": 1, "red": 2}
PRESSED = UNDECIDED | {Phase.DECIDED, Phase.CONCLUDED, Phase.DECLINED}
"""Until the result is delivered; who withdrew waits for nothing."""
NOTHING_DUE = "nothing_due"
"""Ground: nothing is left that the office could hurry with."""
URGED_TODAY = "urged_today"
NOT_SUPERIOR = "not_the_superior"


def may_request_urging(case: Case, by: Actor, book: Book) -> None:
    entitled(case, by, "request_urging", book)
    if not _superior(by.unit, holder(case), book):
        raise forbidden("not_superior", case, unit=holder(case))
    in_phase(case, PRESSED)


def request_urging(case: Case, *, by: Actor, at: datetime, book: Book, level: Level) -> list[UrgingRequested]:
    """A supervisor of the holder's unit or of one above it asks the holder's service to write that it was urged.

    At most one a day a case, local days, unless its level is above that day's. Raises Forbidden `not_superior`,
    Conflict `wrong_phase`, `urged_today`.
    """
    may_request_urging(case, by, book)
    if urged_that_day(case, at, level):
        raise conflict("urged_today", case)
    return [UrgingRequested(case=case.number, epoch=case.epoch, term=case.term, by="supervisor", level=level)]


def urge(
    case: Case, *, unit: str, request: str, asker: str, asked: UrgingRequested, at: datetime, book: Book
) -> list[CaseUrged | RequestDeclined]:
    """What the service of the holder `unit` writes by itself when `asker` urges.

    Declined where nothing is due, where the asker's unit does not stand above, or where the case was urged that day
    as strongly. `[]` when it is answered, when `unit` is not the holder, and while the case is only offered: then it
    waits for the acknowledgement.
    """
    if case.answer(request) or holder(case) != unit or not isinstance(case.custody, Held):
        return []
    if ground := _ground_against(case, unit, asker, asked, at, book):
        return [RequestDeclined(request=request, asked="urge", ground=ground)]
    return [CaseUrged(by=asker if asked.by == "supervisor" else asked.by, level=asked.level, request=request)]


def _ground_against(case: Case, unit: str, asker: str, asked: UrgingRequested, at: datetime, book: Book) -> str | None:
    if case.phase not in PRESSED:
        return NOTHING_DUE
    if asked.by == "supervisor" and not _superior(asker, unit, book):
        return NOT_SUPERIOR
    return URGED_TODAY if asked.by != "clock" and urged_that_day(case, at, asked.level) else None


def _superior(asker: str, unit: str, book: Book) -> bool:
    """Every centre has supervisors of its own too."""
    return asker == unit or book.is_above(asker, unit)


def urged_that_day(case: Case, at: datetime, level: Level) -> bool:
    """Whether somebody urged that local day at least as strongly. A stronger card may follow the same day: else the
    weakest reminder would shield the office from all others."""
    urged = case.urged
    if urged is None or local_day(urged.at) != local_day(moment(case, at)):
        return False
    return RANK[level] <= RANK[urged.level]
