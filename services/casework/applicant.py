"""What the applicant asks at the portal, with number and query code: for haste, for the application back, for papers to
be taken, for a hearing or for none any more.

Each act gives the request for whoever holds the case by then. `before` is what the applicant asked about this case
earlier, as the portal's own log has it: it tells of requests that no copy of the case can know of yet. The holder's
service looks at each again when it answers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.case import Material
from contracts.case.outcome import RequestKind
from contracts.requests import (
    HearingAsked,
    HearingWithdrawalAsked,
    Request,
    SupplementSubmitted,
    UrgingRequested,
    WithdrawalRequested,
)
from services.casework.answering import KINDS
from services.casework.case import UNDECIDED, Case
from services.casework.hearing_right import may_still_ask, may_take_back
from services.casework.moment import local_day, moment
from services.casework.refusals import conflict
from services.casework.requests import awaits_papers
from services.casework.urging import PRESSED, urged_that_day
from services.casework.who import in_phase

PARCELS = 5
"""Parcels of papers that may wait for a clerk at once; more fit into one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the applicant, by its id, and when the portal wrote it."""

    request: str
    kind: RequestKind
    at: datetime


Before = Sequence[Asked]
NOTHING: Before = ()


def may_urge(case: Case, at: datetime, before: Before) -> None:
    in_phase(case, PRESSED)
    today = local_day(moment(case, at))
    on_its_way = any(asked.kind == "urge" and local_day(asked.at) == today for asked in before)
    if on_its_way or urged_that_day(case, at, "reminder"):
        raise conflict("urged_today", case)


def urged_by_applicant(case: Case, *, at: datetime, before: Before = NOTHING) -> list[UrgingRequested]:
    """A reminder, at most one a day a case, local days. Raises Conflict `wrong_phase`, `urged_today`."""
    may_urge(case, at, before)
    return [UrgingRequested(case=case.number, epoch=case.epoch, term=case.term, by="citizen", level="reminder")]


def may_withdraw(case: Case, at: datetime, before: Before) -> None:
    in_phase(case, UNDECIDED)
    _not_waiting(case, "withdraw", before)


def withdrawn_by_applicant(case: Case, *, at: datetime, before: Before = NOTHING) -> list[WithdrawalRequested]:
    """A person at the holder's office withdraws it. Raises Conflict `wrong_phase`, `asked_already`."""
    may_withdraw(case, at, before)
    return [WithdrawalRequested(case=case.number, epoch=case.epoch, term=case.term)]


def may_supply(case: Case, at: datetime, before: Before) -> None:
    awaits_papers(case)
    _not_waiting(case, "supplement", before, PARCELS)


def supplied_by_applicant(
    case: Case, *, at: datetime, materials: tuple[Material, ...], before: Before = NOTHING
) -> list[SupplementSubmitted]:
    """Papers that were asked for, by their digests; a person at the holder's office looks at them.

    Raises Conflict `wrong_phase`, `nothing_asked`, `asked_already`.
    """
    may_supply(case, at, before)
    return [SupplementSubmitted(case=case.number, epoch=case.epoch, term=case.term, materials=materials)]


def may_ask_hearing(case: Case, at: datetime, before: Before) -> None:
    may_still_ask(case, local_day(moment(case, at)), "applicant")
    _not_waiting(case, "hearing", before)


def hearing_asked_by_applicant(case: Case, *, at: datetime, before: Before = NOTHING) -> list[HearingAsked]:
    """The hearing that was offered [47]. Raises Conflict `wrong_phase`, `no_hearing_offered`, `already_done`,
    `hearing_taken_back`, `asked_already`, Unlawful `hearing_too_late`."""
    may_ask_hearing(case, at, before)
    return [HearingAsked(case=case.number, epoch=case.epoch, term=case.term)]


def may_ask_no_hearing(case: Case, at: datetime, before: Before) -> None:
    may_take_back(case, "applicant")
    _not_waiting(case, "hearing_withdrawal", before)


def hearing_taken_back_by_applicant(
    case: Case, *, at: datetime, before: Before = NOTHING
) -> list[HearingWithdrawalAsked]:
    """The applicant's own request for the hearing, for good. Raises Conflict `wrong_phase`, `hearing_not_requested`,
    `hearing_held`, `asked_already`."""
    may_ask_no_hearing(case, at, before)
    return [HearingWithdrawalAsked(case=case.number, epoch=case.epoch, term=case.term)]


def _not_waiting(case: Case, kind: RequestKind, before: Before, most: int = 1) -> None:
    """At most so many of a kind wait for their answer; so nobody fills an office's list."""
    if sum(asked.kind == kind and case.answer(asked.request) is None for asked in before) >= most:
        raise conflict("asked_already", case)


@dataclass(frozen=True, slots=True)
class Ask:
    """`act(case, *, at, before, **body)` gives the request; `may(case, at, before)` raises the Refusal that forbids it
    whatever the body says."""

    act: Callable[..., Sequence[Request]]
    may: Callable[[Case, datetime, Before], None]
    event: type[Request]

    @property
    def kind(self) -> RequestKind:
        return KINDS[self.event]


ASKS: Mapping[str, Ask] = {
    "urge": Ask(urged_by_applicant, may_urge, UrgingRequested),
    "withdraw": Ask(withdrawn_by_applicant, may_withdraw, WithdrawalRequested),
    "submit-supplement": Ask(supplied_by_applicant, may_supply, SupplementSubmitted),
    "request-hearing": Ask(hearing_asked_by_applicant, may_ask_hearing, HearingAsked),
    "withdraw-hearing-request": Ask(hearing_taken_back_by_applicant, may_ask_no_hearing, HearingWithdrawalAsked),
}
"""By the last part of their routes."""
