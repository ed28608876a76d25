"""What the holder's service answers by itself, of what others ask (`requests`). Every request ends in an event
(rule 8).

Withdrawals and papers wait for a person: `withdraw` and `receive_supplement` name the request, `decline_request` ends
it otherwise.
"""

from collections.abc import Mapping
from datetime import date, datetime

from contracts.case import (
    CaseEvent,
    ConsultationAnswered,
    HearingRequested,
    HearingRequestWithdrawn,
    RequestDeclined,
)
from contracts.case.outcome import RequestKind
from contracts.requests import (
    ConsultationAnswerSubmitted,
    HearingAsked,
    HearingWithdrawalAsked,
    RecallRequested,
    Request,
    SupplementSubmitted,
    UrgingRequested,
    WithdrawalRequested,
)
from services.casework.book import Book
from services.casework.calendar import Calendar
from services.casework.case import NOT_ACCEPTED, UNDECIDED, Case, Held, holder
from services.casework.hearing_right import may_still_ask, may_take_back, taken_back_by
from services.casework.limits import Light
from services.casework.moment import day_begins, day_ends, local_day
from services.casework.outlook import light_at
from services.casework.recall import grant_recall
from services.casework.refusals import Refusal
from services.casework.requests import consulted
from services.casework.urging import urge

KINDS: Mapping[type[Request], RequestKind] = {
    RecallRequested: "recall",
    SupplementSubmitted: "supplement",
    WithdrawalRequested: "withdraw",
    HearingAsked: "hearing",
    HearingWithdrawalAsked: "hearing_withdrawal",
    UrgingRequested: "urge",
    ConsultationAnswerSubmitted: "consultation_answer",
}
"""What is answered on the chain of the case, as the answer calls it."""
ANSWER_DAYS = 1
"""Working days in which a request is to be answered, after the day on which it was made (ours, rule 8)."""
TOO_LATE = "too_late"
"""Ground: the case has gone past what was asked for."""
NOTHING_ASKED = "nothing_asked"
NO_CONSULTATION = "no_consultation"


def answer_request(
    case: Case, *, unit: str, request: str, asker: str, asked: Request, asked_at: datetime, at: datetime, book: Book
) -> list[CaseEvent]:
    """What the service of the holder `unit` writes by itself on `request` of unit `asker`, who wrote it at `asked_at`;
    sealed texts of `asked` come opened.

    A recall before acknowledgement, an urging, a hearing asked for in time or no more, and a consultation's answer need
    no person. What can no longer be granted is declined; papers are not, while the case still waits for them, even
    after the last day to bring them: what counts is when they were handed in.

    `[]` when it is answered, when `unit` is not the holder, when a person has to answer, and while the case is only
    offered, for all but a recall.
    """
    if case.answer(request) or holder(case) != unit:
        return []
    if isinstance(asked, RecallRequested):
        return [
            *grant_recall(case, unit=unit, request=request, asker=asker, epoch=asked.epoch, term=asked.term),
        ]
    if not isinstance(case.custody, Held):
        return []
    match asked:
        case UrgingRequested():
            return [*urge(case, unit=unit, request=request, asker=asker, asked=asked, at=at, book=book)]
        case WithdrawalRequested():
            return [] if case.phase in UNDECIDED else _declined(request, "withdraw", TOO_LATE)
        case SupplementSubmitted():
            if case.phase not in NOT_ACCEPTED:
                return _declined(request, "supplement", TOO_LATE)
            return [] if case.missing else _declined(request, "supplement", NOTHING_ASKED)
        case HearingAsked():
            return _hearing(case, request, asked_at)
        case HearingWithdrawalAsked():
            return _no_hearing(case, request)
        case ConsultationAnswerSubmitted(consultation=code, answer=answer):
            if not consulted(case, asker, code):
                return _declined(request, "consultation_answer", NO_CONSULTATION)
            return [ConsultationAnswered(consultation=code, answer=answer, request=request)]
        case _:
            # The answer to a supervision order is for the orderer, who need not hold the case.
            return []


def answer_by(asked_at: datetime, calendar: Calendar) -> date:
    """The last day to answer what was asked at this instant."""
    return calendar.nth(local_day(asked_at), ANSWER_DAYS)


def answer_light(asked_at: datetime, calendar: Calendar, at: datetime) -> Light:
    """The light of a request that has no answer at `at`: amber on its last day, red after it. In transit or with a
    person, and whoever has the case by then: to the one who asked it is the same day."""
    last_day = answer_by(asked_at, calendar)
    return light_at(day_ends(last_day), day_begins(last_day), False, at)


def _hearing(case: Case, request: str, asked_at: datetime) -> list[CaseEvent]:
    """In time is who asked in time, however long the request was on its way."""
    try:
        may_still_ask(case, local_day(asked_at), "applicant")
    except Refusal as refusal:
        return _declined(request, "hearing", _ground(refusal))
    return [HearingRequested(party="applicant", request=request, asked_on=local_day(asked_at))]


def _no_hearing(case: Case, request: str) -> list[CaseEvent]:
    try:
        may_take_back(case, "applicant")
    except Refusal as refusal:
        return _declined(request, "hearing_withdrawal", _ground(refusal))
    return [*taken_back_by(case, HearingRequestWithdrawn(party="applicant", request=request))]


def _ground(refusal: Refusal) -> str:
    return TOO_LATE if refusal.code == "wrong_phase" else refusal.code


def _declined(request: str, asked: RequestKind, ground: str) -> list[CaseEvent]:
    return [RequestDeclined(request=request, asked=asked, ground=ground)]
