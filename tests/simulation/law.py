"""The pure functions of casework that services call, in one place, so that a mistake can be planted in each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol, cast

from contracts.case import (
    CaseAccepted,
    CaseDisputed,
    CaseEvent,
    CaseReturned,
    CaseTerminated,
    CaseUrged,
    ConsultationAnswered,
    DeadlineRecomputed,
    ReferralRefused,
    RequestDeclined,
    SupplementReceived,
)
from contracts.requests import ConsultationAnswerSubmitted, Request
from services.casework import answering, lapse
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.calendar import Calendar
from services.casework.case import Case
from services.casework.dispute import given_back
from services.casework.moment import local_day, moment
from services.casework.refusals import Refusal
from services.casework.table import row
from services.office.book_keeper import CalendarChange
from services.office.deadlines import missed
from tests.simulation.casework import BOOK


class ActOfTime(Protocol):
    def __call__(self, case: Case, book: Book, at: datetime, /) -> Sequence[CaseEvent]: ...


class ClockActs(Protocol):
    def __call__(
        self, case: Case, book: Book, at: datetime, /, *, handed_in: datetime | None
    ) -> Sequence[CaseEvent]: ...


class Recompute(Protocol):
    def __call__(
        self, case: Case, book: Book, before: Calendar, at: datetime, reason: str, /, *, changed: datetime
    ) -> list[DeadlineRecomputed]: ...


def _act(case: Case, name: str, by: Actor, at: datetime, book: Book, body: dict[str, Any]) -> Sequence[CaseEvent]:
    """What this act of a person writes; nothing when it is refused."""
    try:
        return cast("Sequence[CaseEvent]", row(name).act(case, by=by, at=at, book=book, **body))
    except Refusal:
        return []


def _clock_acts(case: Case, book: Book, at: datetime, *, handed_in: datetime | None) -> Sequence[CaseEvent]:
    return lapse.clock_acts(case, book, at, handed_in=handed_in)


@dataclass(frozen=True, slots=True)
class Law:
    act: Callable[[Case, str, Actor, datetime, Book, dict[str, Any]], Sequence[CaseEvent]] = _act
    clock_acts: ClockActs = _clock_acts
    recompute: Recompute = lapse.recompute
    missed: Callable[[Case, Sequence[CalendarChange]], list[CalendarChange]] = missed
    moment: Callable[[Case, datetime], datetime] = moment
    answer_request: Callable[..., list[CaseEvent]] = answering.answer_request


# -- mistakes: each gives a law with one function wrong

Mistake = Callable[[Law], Law]


def _disputed_late(law: Law, after: int | None) -> Law:
    """A dispute is written as what it carries: always, or unless as many were given back before as `after` says."""

    def act(case: Case, name: str, by: Actor, at: datetime, book: Book, body: dict[str, Any]) -> Sequence[CaseEvent]:
        events = law.act(case, name, by, at, book, body)
        if len(events) == 1 and isinstance(event := events[0], CaseDisputed):
            count = given_back(case.path, case.worked, by.unit, event.between)
            if after is None or count < after:
                if event.carries == "refusal":
                    return [ReferralRefused(to=event.between, ground="wrong_area")]
                return [CaseReturned(to=event.between, purpose="correction")]
        return events

    return replace(law, act=act)


def _disputed_too_early(law: Law) -> Law:
    def act(case: Case, name: str, by: Actor, at: datetime, book: Book, body: dict[str, Any]) -> Sequence[CaseEvent]:
        events = law.act(case, name, by, at, book, body)
        if len(events) == 1 and isinstance(event := events[0], ReferralRefused | CaseReturned):
            above = book.common_superior(by.unit, event.to)
            if above and given_back(case.path, case.worked, by.unit, event.to):
                carries = "refusal" if isinstance(event, ReferralRefused) else "return"
                return [CaseDisputed(to=above, between=event.to, carries=carries, ground="r")]
        return events

    return replace(law, act=act)


def _accepts_late_as_of_today(law: Law) -> Law:
    def act(case: Case, name: str, by: Actor, at: datetime, book: Book, body: dict[str, Any]) -> Sequence[CaseEvent]:
        events = law.act(case, name, by, at, book, body)
        if len(events) == 1 and isinstance(event := events[0], CaseAccepted):
            return [CaseAccepted(accepted_on=local_day(moment(case, at)), limits=event.limits)]
        return events

    return replace(law, act=act)


def _withdraws_without_the_id(law: Law) -> Law:
    def act(case: Case, name: str, by: Actor, at: datetime, book: Book, body: dict[str, Any]) -> Sequence[CaseEvent]:
        events = law.act(case, name, by, at, book, body)
        return [e.model_copy(update={"request": None}) if name in ASKED_OF_PERSONS else e for e in events]

    return replace(law, act=act)


ASKED_OF_PERSONS = frozenset({"withdraw", "receive_supplement"})


def _takes_twice(law: Law) -> Law:
    def act(case: Case, name: str, by: Actor, at: datetime, book: Book, body: dict[str, Any]) -> Sequence[CaseEvent]:
        return law.act(case.but(answered=()) if "request" in body else case, name, by, at, book, body)

    return replace(law, act=act)


def _answers(change: Callable[[Case, ConsultationAnswerSubmitted, str, list[CaseEvent]], list[CaseEvent]]) -> Mistake:
    """Of a consultation's answer the holder makes something else; `change` is given the request's id as well."""

    def mistaken(law: Law) -> Law:
        def answer_request(case: Case, *, request: str, asked: Request, **said: Any) -> list[CaseEvent]:
            events = law.answer_request(case, request=request, asked=asked, **said)
            return change(case, asked, request, events) if isinstance(asked, ConsultationAnswerSubmitted) else events

        return replace(law, answer_request=answer_request)

    return mistaken


def _takes_late_answers(
    case: Case, asked: ConsultationAnswerSubmitted, request: str, events: list[CaseEvent]
) -> list[CaseEvent]:
    taken = ConsultationAnswered(consultation=asked.consultation, answer=asked.answer, request=request)
    return [taken if isinstance(event, RequestDeclined) else event for event in events]


def _counts_as_a_recall_does(
    case: Case, asked: ConsultationAnswerSubmitted, request: str, events: list[CaseEvent]
) -> list[CaseEvent]:
    if events and (case.epoch, case.term) != (asked.epoch, asked.term):
        return [RequestDeclined(request=request, asked="consultation_answer", ground="too_late")]
    return events


def _answers_without_the_id(
    case: Case, asked: ConsultationAnswerSubmitted, request: str, events: list[CaseEvent]
) -> list[CaseEvent]:
    return [e.model_copy(update={"request": None}) if isinstance(e, ConsultationAnswered) else e for e in events]


def _decides_as_if_nobody_were_asked(law: Law) -> Law:
    def act(case: Case, name: str, by: Actor, at: datetime, book: Book, body: dict[str, Any]) -> Sequence[CaseEvent]:
        if name == "decide":
            case = case.but(dossier=replace(case.dossier, consultations=()))
        return law.act(case, name, by, at, book, body)

    return replace(law, act=act)


def _clock(change: Callable[[ActOfTime, Case, Book, datetime], Sequence[CaseEvent]]) -> Callable[[Law], Law]:
    def mistaken(law: Law) -> Law:
        def acts(case: Case, book: Book, at: datetime, /, *, handed_in: datetime | None) -> Sequence[CaseEvent]:
            return change(partial(law.clock_acts, handed_in=handed_in), case, book, at)

        return replace(law, clock_acts=acts)

    return mistaken


def _today(acts: ActOfTime, case: Case, book: Book, at: datetime) -> Sequence[CaseEvent]:
    return [
        e.model_copy(update={"accepted_on": local_day(at)}) if isinstance(e, CaseAccepted) else e
        for e in acts(case, book, at)
    ]


def _in_transit(acts: ActOfTime, case: Case, book: Book, at: datetime) -> Sequence[CaseEvent]:
    stay = case.times.stay
    if stay.arrived is None:
        case = case.but(times=case.times.but(stays=(*case.times.stays[:-1], replace(stay, arrived=stay.since))))
    return acts(case, book, at)


def _urges_again(acts: ActOfTime, case: Case, book: Book, at: datetime) -> Sequence[CaseEvent]:
    """Forgets its last urge, until another event of the case."""
    if isinstance(case.last, CaseUrged):
        return []
    return acts(case.but(times=case.times.but(urges=case.times.urges[:-1])), book, at)


def _papers_overlooked(acts: ActOfTime, case: Case, book: Book, at: datetime) -> Sequence[CaseEvent]:
    rounds = case.times.rounds
    if case.acceptance is None and case.ending is None and rounds and case.times.custodian:
        missing = tuple(replace(one, complete=None, handed_in=None) for one in rounds)
        found = acts(case.but(times=case.times.but(rounds=missing)), book, at)
        if found and isinstance(found[0], CaseTerminated):
            return found
    return acts(case, book, at)


def _a_day_early(acts: ActOfTime, case: Case, book: Book, at: datetime) -> Sequence[CaseEvent]:
    return acts(case, book, at + timedelta(days=1))


def _weekends_alone(acts: ActOfTime, case: Case, book: Book, at: datetime) -> Sequence[CaseEvent]:
    return acts(case, replace(book, calendar=Calendar()), at)


def _never_amended(acts: ActOfTime, case: Case, book: Book, at: datetime) -> Sequence[CaseEvent]:
    return acts(case, BOOK, at)


def _suspension_counts(acts: ActOfTime, case: Case, book: Book, at: datetime) -> Sequence[CaseEvent]:
    return acts(case.but(times=case.times.but(suspensions=())), book, at)


def _never_terminates(acts: ActOfTime, case: Case, book: Book, at: datetime) -> Sequence[CaseEvent]:
    return [e for e in acts(case, book, at) if not isinstance(e, CaseTerminated)]


def _waiting_papers_overlooked(law: Law) -> Law:
    def acts(case: Case, book: Book, at: datetime, /, *, handed_in: datetime | None) -> Sequence[CaseEvent]:
        return law.clock_acts(case, book, at, handed_in=None)

    return replace(law, clock_acts=acts)


def _dated_when_registered(law: Law) -> Law:
    def act(case: Case, name: str, by: Actor, at: datetime, book: Book, body: dict[str, Any]) -> Sequence[CaseEvent]:
        events = law.act(case, name, by, at, book, body)
        return [e.model_copy(update={"handed_in": None}) if isinstance(e, SupplementReceived) else e for e in events]

    return replace(law, act=act)


def _no_journal(law: Law) -> Law:
    return replace(law, recompute=lambda *_, **__: [])


def _journals_again(law: Law) -> Law:
    def recompute(
        case: Case, book: Book, before: Calendar, at: datetime, reason: str, /, *, changed: datetime
    ) -> list[DeadlineRecomputed]:
        forgot = case.but(times=case.times.but(recomputed=frozenset()))
        return law.recompute(forgot, book, before, at, reason, changed=changed)

    return replace(law, recompute=recompute, missed=lambda case, changes: list(changes))


def _journals_the_new_day_as_old(law: Law) -> Law:
    def recompute(
        case: Case, book: Book, before: Calendar, at: datetime, reason: str, /, *, changed: datetime
    ) -> list[DeadlineRecomputed]:
        found = law.recompute(case, book, before, at, reason, changed=changed)
        return [event.model_copy(update={"old": event.new, "new": event.old}) for event in found]

    return replace(law, recompute=recompute)


def _forgets_what_changed_while_suspended(law: Law) -> Law:
    def missed(case: Case, changes: Sequence[CalendarChange]) -> list[CalendarChange]:
        late = law.missed(case, changes)
        return [change for change in late if not lapse.changed_while_suspended(case.times, change.read)]

    return replace(law, missed=missed)


def _journals_of_any(law: Law) -> Law:
    def recompute(
        case: Case, book: Book, before: Calendar, at: datetime, reason: str, /, *, changed: datetime
    ) -> list[DeadlineRecomputed]:
        found = law.recompute(case, book, before, at, reason, changed=changed)
        return [event.model_copy(update={"about": None}) for event in found]

    return replace(law, recompute=recompute)


RULES_LEFT_OUT: Final[dict[str, Mistake]] = {
    "disputes": lambda law: _disputed_late(law, None),
    "lawful_day": _clock(_today),
    "transit": _clock(_in_transit),
    "moment": lambda law: replace(law, moment=lambda case, at: at),
    "journal": _no_journal,
    "missed": lambda law: replace(law, missed=lambda case, changes: []),
    "names_request": _withdraws_without_the_id,
    "papers_wait": _waiting_papers_overlooked,
}
PLANTED: Final[dict[str, Mistake]] = {
    "disputes counted to four": lambda law: _disputed_late(law, 3),
    "disputes counted to two": _disputed_too_early,
    "a late acceptance of today": _accepts_late_as_of_today,
    "papers are taken twice": _takes_twice,
    "urged again": _clock(_urges_again),
    "terminated though papers came": _clock(_papers_overlooked),
    "papers count from their registration": _dated_when_registered,
    "never terminated": _clock(_never_terminates),
    "a day too early": _clock(_a_day_early),
    "weekends alone": _clock(_weekends_alone),
    "the calendar of yesterday": _clock(_never_amended),
    "suspended days count": _clock(_suspension_counts),
    "journalled twice": _journals_again,
    "old and new day exchanged": _journals_the_new_day_as_old,
    "changed while suspended": _forgets_what_changed_while_suspended,
    "whose day moved is not said": _journals_of_any,
    "late answers are taken": _answers(_takes_late_answers),
    "an answer counts for its term alone": _answers(_counts_as_a_recall_does),
    "an answer without its request": _answers(_answers_without_the_id),
    "decided as if nobody were asked": _decides_as_if_nobody_were_asked,
}
"""Mistakes that somebody might make; each is found by the checks."""

MISTAKES: Final = RULES_LEFT_OUT | PLANTED
