"""When what happened to a case: the facts that limits are computed from. Instants only; days are the calendar's.

`Times` is a fold of a prefix of the case's events. What was known at an instant is the fold of the events up to it:
nothing here looks ahead, and nothing is stored that another calendar would make different.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, assert_never

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
    Limit,
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
from contracts.case.custody import ReferralKind

Turn = ReferralKind | Literal["receipt", "refusal", "recall", "return", "dispute", "assumption"]
UrgeLevel = Literal["reminder", "yellow", "red"]

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
    | AcceptanceDeclined
    | CaseWithdrawn
    | CaseTerminated
    | CaseReopened
    | CaseUrged
    | CaseSettled
)
"""Every event after the receipt that a limit depends on; all others leave `Times` as it is."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One unit's turn as the holder. `how` it came, `offered` when it has to be acknowledged.

    `since`: custody passed to it. `arrived`: its service has the case; None while in transit. `left_by` is the pass
    that ended the turn.
    """

    unit: str
    how: Turn
    since: datetime
    brought: bytes
    """Hash of the record that brought it."""
    offered: bool = False
    arrived: datetime | None = None
    acknowledged: datetime | None = None
    left: datetime | None = None
    left_by: Turn | None = None

    @property
    def undone(self) -> bool:
        """Refused or recalled: the unit never took the case up."""
        return self.left_by in ("refusal", "recall")


@dataclass(frozen=True, slots=True)
class Round:
    """One notice of missing papers and the applicant's answer. `complete`: all asked for was in, at `unit`."""

    asked: datetime
    complete: datetime | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """A paper of the dossier: where and when it came in."""

    kind: str
    sha256: str | None
    unit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """The acceptance: written by `unit` at `at`, lawful from `on`. `first`: the first one's day, over all tiers."""

    on: date
    first: date
    at: datetime
    unit: str
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Suspension:
    """Time that does not count [45]. `expected_days`: working days that the applicant was told."""

    ground: str
    expected_days: int
    person: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    days: int
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    """A consultation or a step: `code`, from when to when. `days`: of a consultation; a step's are the item's.
    `unit`: who is asked, or who works."""

    code: str
    unit: str
    since: datetime
    days: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Urge:
    """Pressed by the clock."""

    level: UrgeLevel
    at: datetime


@dataclass(frozen=True)
class Times:
    """Suspensions, extension, decision and urges are of this run of the case: one that is reopened begins anew at
    `reopened`."""

    item: str
    item_version: int
    imported: bool
    received: datetime
    stays: tuple[Stay, ...]
    filed: tuple[Filed, ...] = ()
    rounds: tuple[Round, ...] = ()
    taken: Taken | None = None
    suspensions: tuple[Suspension, ...] = ()
    extension: Extension | None = None
    consultations: tuple[Stretch, ...] = ()
    steps: tuple[Stretch, ...] = ()
    declined: datetime | None = None
    decided: datetime | None = None
    ended: datetime | None = None
    delivered: datetime | None = None
    reopened: datetime | None = None
    settled: bool = False
    urges: tuple[Urge, ...] = ()
    recomputed: frozenset[tuple[str, str, date]] = frozenset()
    """Calendar version, clock and new date of each journalled change."""

    @property
    def stay(self) -> Stay:
        """The present one; its unit is the holder."""
        return self.stays[-1]

    @property
    def custodian(self) -> str | None:
        """Who has the case in hand; None while it is in transit, which is charged to no office."""
        return self.stay.unit if self.stay.arrived is not None else None

    @property
    def importing(self) -> bool:
        return self.imported and not self.settled

    @property
    def suspended(self) -> Suspension | None:
        return self.suspensions[-1] if self.suspensions and self.suspensions[-1].until is None else None

    @property
    def outstanding(self) -> Round | None:
        """The notice that the applicant has not answered in full."""
        return self.rounds[-1] if self.rounds and self.rounds[-1].complete is None else None

    def but(self, **changed: object) -> "Times":
        copy = object.__new__(Times)
        copy.__dict__.update(self.__dict__, **changed)
        return copy


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
    return _timed(times, event, unit, person, at, record) if isinstance(event, TimedEvent) else times


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
            return times.but(decided=at) if part is None else times
        case CaseConcluded() | CaseWithdrawn() | CaseTerminated():
            return times.but(ended=at)
        case AcceptanceDeclined():
            return times.but(declined=at, ended=at)
        case ResultDelivered():
            return times.but(delivered=at)
        case SupplementRequested():
            return times.but(rounds=(*times.rounds, Round(at)))
        case SupplementReceived(materials=materials, missing=missing):
            filed = _filed(times.filed, materials, times.stay.unit, at)
            return times.but(filed=filed, rounds=times.rounds if missing else _complete(times, at))
        case CaseSuspended(ground=ground, expected_days=expected):
            return times.but(suspensions=(*_resumed(times, at), Suspension(ground, expected, person, at)))
        case CaseResumed():
            return times.but(suspensions=_resumed(times, at))
        case DeadlineExtended(days=days):
            return times.but(extension=Extension(days, person, at))
        case DeadlineRecomputed(calendar=calendar, clock=clock, new=new):
            return times.but(recomputed=times.recomputed | {(calendar, clock, new)})
        case ConsultationOpened(consultation=code, days=days, unit=asked):
            return times.but(consultations=(*times.consultations, Stretch(code, asked or unit, at, days)))
        case ConsultationAnswered(consultation=code):
            return times.but(consultations=_closed(times.consultations, code, at))
        case CaseReopened():
            return times.but(
                reopened=at,
                declined=None,
                decided=None,
                ended=None,
                delivered=None,
                extension=None,
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
        return (*stays[:-1], replace(last, offered=last.offered and offered))
    return (*stays[:-1], replace(last, left=at, left_by=how), Stay(to, how, at, record, offered))


def _filed(known: tuple[Filed, ...], more: tuple[Material, ...], unit: str, at: datetime) -> tuple[Filed, ...]:
    return (*known, *(Filed(material.kind, material.sha256, unit, at) for material in more))


def _complete(times: Times, at: datetime) -> tuple[Round, ...]:
    if (waiting := times.outstanding) is None:
        return times.rounds
    return (*times.rounds[:-1], replace(waiting, complete=at, unit=times.stay.unit))


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
