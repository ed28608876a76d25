"""From events to the times of a case (`times.Times`)."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never, cast, get_args

from contracts.case import (
    AcceptanceDeclined,
    CaseAccepted,
    CaseConcluded,
    CaseDecided,
    CaseDisputed,
    CaseEvent,
    CaseReceived,
    CaseReferred,
    CaseReopened,
    CaseResumed,
    CaseReturned,
    CaseSettled,
    CaseSuspended,
    CaseTerminated,
    CaseUrged,
    CaseWithdrawn,
    ConsultationAnswered,
    ConsultationOpened,
    CustodyAssumed,
    DeadlineExtended,
    DeadlineRecomputed,
    HandoverArrived,
    HearingHeld,
    HearingRequested,
    HearingRequestWithdrawn,
    Material,
    ReferralAcknowledged,
    ReferralRecalled,
    ReferralRefused,
    ResultDelivered,
    StepCompleted,
    StepStarted,
    SupplementReceived,
    SupplementRequested,
)
from services.casework.moment import day_begins, local_day
from services.casework.times import Extension, Filed, Round, Stay, Stretch, Suspension, Taken, Times, Turn, Urge

PassEvent = (
    CaseReferred
    | ReferralRefused
    | ReferralRecalled
    | CaseReturned
    | CaseDisputed
    | CustodyAssumed
    | HandoverArrived
    | ReferralAcknowledged
)
TimedEvent = (
    PassEvent
    | StepCompleted
    | StepStarted
    | CaseAccepted
    | CaseDecided
    | CaseConcluded
    | ResultDelivered
    | SupplementRequested
    | SupplementReceived
    | CaseSuspended
    | CaseResumed
    | DeadlineExtended
    | DeadlineRecomputed
    | ConsultationOpened
    | ConsultationAnswered
    | HearingRequested
    | HearingRequestWithdrawn
    | HearingHeld
    | AcceptanceDeclined
    | CaseWithdrawn
    | CaseTerminated
    | CaseReopened
    | CaseUrged
    | CaseSettled
)
"""Every event after the receipt that a limit depends on; all others leave `Times` as it is."""
_TIMED = frozenset(get_args(TimedEvent))


def begin(event: CaseReceived, unit: str, at: datetime) -> Times:
    """The times of a case just received at `unit`."""
    return Times(
        item=event.item,
        item_version=event.item_version,
        imported=event.imported,
        received=at,
        stays=(Stay(unit, "receipt", at, b"", arrived=at),),
        filed=_filed((), event.materials, unit, at),
    )


def evolve(times: Times, event: CaseEvent, unit: str, person: str, at: datetime, record: bytes) -> Times:
    """The times after this event, written by `person` of `unit` at `at`, which is no earlier than the event before.
    `record`: its hash."""
    if type(event) not in _TIMED:
        return times
    return _timed(times, cast("TimedEvent", event), unit, person, at, record)


def _timed(times: Times, event: TimedEvent, unit: str, person: str, at: datetime, record: bytes) -> Times:
    match event:
        case StepStarted(step=step):
            return times.but(steps=(*times.steps, Stretch(step, unit, at)))
        case StepCompleted(step=step):
            return times.but(steps=_closed(times.steps, step, at)) if times.steps else times
        case (
            CaseReferred()
            | ReferralRefused()
            | ReferralRecalled()
            | CaseReturned()
            | CaseDisputed()
            | CustodyAssumed()
            | HandoverArrived()
            | ReferralAcknowledged()
        ):
            return times.but(stays=_passed(times.stays, event, unit, at, record))
        case CaseAccepted(accepted_on=on):
            first = times.taken.first if times.taken else on
            return times.but(taken=Taken(on, first, at, times.stay.unit, event.limits))
        case CaseDecided(part=part):
            return times.but(decided=at, consultations=_over(times.consultations, at)) if part is None else times
        case CaseConcluded() | CaseWithdrawn() | CaseTerminated():
            return times.but(ended=at, consultations=_over(times.consultations, at))
        case AcceptanceDeclined():
            return times.but(declined=at, ended=at, consultations=_over(times.consultations, at))
        case ResultDelivered():
            return times.but(delivered=at)
        case SupplementRequested(missing=missing):
            return times.but(rounds=(*times.rounds, Round(at, frozenset(paper.kind for paper in missing))))
        case SupplementReceived(materials=materials):
            filed = _filed(times.filed, materials, times.stay.unit, at)
            return times.but(filed=filed, rounds=_brought(times, event, at))
        case CaseSuspended(ground=ground, expected_days=expected):
            return times.but(suspensions=(*_resumed(times, at), Suspension(ground, expected, person, at)))
        case CaseResumed():
            return times.but(suspensions=_resumed(times, at))
        case DeadlineExtended(days=days):
            return times.but(extension=Extension(days, person, at))
        case DeadlineRecomputed(calendar=calendar, clock=clock, about=about):
            return times.but(recomputed=times.recomputed | {(calendar, clock, about)})
        case ConsultationOpened(consultation=code, days=days, unit=asked):
            return times.but(consultations=(*times.consultations, Stretch(code, asked or unit, at, days)))
        case ConsultationAnswered(consultation=code):
            return times.but(consultations=_closed(times.consultations, code, at))
        case HearingRequested(party=party, asked_on=on):
            # The days run from the asking, however long it was on its way; never from a day after this record.
            since = day_begins(on) if on is not None and on < local_day(at) else at
            return times.but(hearings=(*times.hearings, Stretch(party, unit, since)))
        case HearingRequestWithdrawn(party=party):
            return times.but(hearings=_closed(times.hearings, party, at))
        case HearingHeld():
            return times.but(hearings=_over(times.hearings, at))
        case CaseReopened():
            return times.but(
                reopened=at,
                declined=None,
                decided=None,
                ended=None,
                delivered=None,
                extension=None,
                hearings=(),
                suspensions=(),
                rounds=(),
                urges=(),
            )
        case CaseUrged(by=by, level=level):
            return times.but(urges=(*times.urges, Urge(level, at))) if by == "clock" else times
        case CaseSettled():
            return times.but(settled=True)
        case _:
            assert_never(event)


def _passed(stays: tuple[Stay, ...], event: PassEvent, unit: str, at: datetime, record: bytes) -> tuple[Stay, ...]:
    last = stays[-1]
    match event:
        case ReferralAcknowledged():
            return (*stays[:-1], replace(last, acknowledged=at))
        case HandoverArrived(handover=handover):
            if last.arrived is not None or last.brought.hex() != handover:
                return stays
            return (*stays[:-1], replace(last, arrived=at))
        case CaseReferred(to=to, referral=how):
            return _handed(stays, to, how, how != "assign_down", at, record)
        case ReferralRefused(to=to):
            return _handed(stays, to, "refusal", False, at, record)
        case ReferralRecalled(to=to):
            return _handed(stays, to, "recall", False, at, record)
        case CaseReturned(to=to):
            return _handed(stays, to, "return", False, at, record)
        case CaseDisputed(to=to):
            return _handed(stays, to, "dispute", False, at, record)
        case CustodyAssumed():
            # Who assumes a case has it before it: nothing is in transit.
            *before, here = _handed(stays, unit, "assumption", False, at, record)
            return (*before, replace(here, arrived=here.arrived or at))
        case _:
            assert_never(event)


def _handed(
    stays: tuple[Stay, ...], to: str, how: Turn, offered: bool, at: datetime, record: bytes
) -> tuple[Stay, ...]:
    """A case that its own holder is handed again lies where it lay, and need not be acknowledged any more."""
    last = stays[-1]
    if last.unit == to:
        return (*stays[:-1], replace(last, brought=record, offered=last.offered and offered))
    return (*stays[:-1], replace(last, left=at, left_by=how), Stay(to, how, at, record, offered))


def _filed(known: tuple[Filed, ...], more: tuple[Material, ...], unit: str, at: datetime) -> tuple[Filed, ...]:
    return (*known, *(Filed(material.kind, material.sha256, unit, at) for material in more))


def _brought(times: Times, event: SupplementReceived, at: datetime) -> tuple[Round, ...]:
    """Parcels are written down in any order, so each kind counts from the first that held it."""
    if (waiting := times.outstanding) is None:
        return times.rounds
    now = times.handed_in(event.handed_in, at)
    brought = {**waiting.brought}
    for material in event.materials:
        brought[material.kind] = min(now, brought.get(material.kind, now))
    after = replace(waiting, brought=brought)
    if not event.missing:
        last = max((brought.get(kind, now) for kind in waiting.kinds), default=now)
        after = replace(after, complete=at, handed_in=last, unit=times.stay.unit)
    return (*times.rounds[:-1], after)


def _resumed(times: Times, at: datetime) -> tuple[Suspension, ...]:
    if (running := times.suspended) is None:
        return times.suspensions
    return (*times.suspensions[:-1], replace(running, until=at))


def _closed(stretches: tuple[Stretch, ...], code: str, at: datetime) -> tuple[Stretch, ...]:
    """The running ones of this code end."""
    return tuple(
        replace(stretch, until=at) if stretch.code == code and stretch.until is None else stretch
        for stretch in stretches
    )


def _over(stretches: tuple[Stretch, ...], at: datetime) -> tuple[Stretch, ...]:
    """Nobody waits any more, for an answer or for the hearing; a case that is opened again does not ask anew."""
    if all(stretch.until is not None for stretch in stretches):
        return stretches
    return tuple(stretch if stretch.until else replace(stretch, until=at) for stretch in stretches)
