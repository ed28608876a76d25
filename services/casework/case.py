"""A case as its events tell it: phase, custody and clock, independent of each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, assert_never

from contracts.case import CaseEvent, Limit, Material, MissingMaterial
from contracts.case.custody import ReferralKind
from services.casework.dossier import Consultation, Dossier
from services.casework.times import Times


class Phase(StrEnum):
    RECEIVED = "received"
    SUPPLEMENT_REQUESTED = "supplement_requested"
    ACCEPTED = "accepted"
    DECIDED = "decided"
    CONCLUDED = "concluded"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    DELIVERED = "delivered"


UNDECIDED = frozenset({Phase.RECEIVED, Phase.SUPPLEMENT_REQUESTED, Phase.ACCEPTED})
NOT_ACCEPTED = frozenset({Phase.RECEIVED, Phase.SUPPLEMENT_REQUESTED})
ENDED = frozenset({Phase.CONCLUDED, Phase.DECLINED, Phase.WITHDRAWN, Phase.TERMINATED})
"""Closed for counting; delivered is too, and keeps the ending it delivers."""


class Clock(StrEnum):
    NOT_STARTED = "not_started"
    RUNNING = "running"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Held:
    """`unit` works on it; `person` is who claimed or acknowledged it, None while nobody did."""

    unit: str
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """Referred by `by`; only `to` may write the next event, but it has not acknowledged yet."""

    by: str
    to: str
    kind: ReferralKind


Custody = Held | Offered
PassKind = ReferralKind | Literal["refusal", "recall", "return", "dispute", "assumption"]


@dataclass(frozen=True, slots=True)
class Pass:
    """One change of holder. `hash` is that of its record, 32 bytes. `instead_of`: of a dispute, the refusal or return
    that it carries, and the unit that would have held the case."""

    kind: PassKind
    by: str
    to: str
    person: str
    at: datetime
    hash: bytes
    instead_of: tuple[Literal["refusal", "return"], str] | None = None


@dataclass(frozen=True, slots=True)
class Supplement:
    """`asked`: the kinds that the first request named; no later one may name others. `missing`: still not in."""

    asked: frozenset[str]
    missing: tuple[MissingMaterial, ...]
    person: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    accepted_on: date
    deemed: bool
    limits: tuple[Limit, ...]
    person: str


@dataclass(frozen=True, slots=True)
class OpenStep:
    step: str
    section: str | None
    persons: tuple[str, ...]
    person: str


@dataclass(frozen=True, slots=True)
class Decision:
    """By `person` of `unit` at `at`. `delegation`: the stream of the grant that it was made under; None: by an
    approver."""

    outcome: Literal["granted", "denied"]
    person: str
    unit: str
    at: datetime
    delegation: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """`outcome`: that of a conclusion, else the phase's own word (declined, withdrawn, terminated). `on_the_spot`: of a
    conclusion, whether it was at the window."""

    phase: Phase
    outcome: str
    person: str
    on_the_spot: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A request that an event of this case answered, and who wrote that event."""

    request: str
    person: str


@dataclass(frozen=True, slots=True)
class Urge:
    """The last urging by a person, a supervisor or the applicant; those of the clock do not count."""

    level: Literal["reminder", "yellow", "red"]
    at: datetime


@dataclass(frozen=True, slots=True)
class DealtWith:
    """A superseded act, by the hash of its record in hex, that the city made its own or took back."""

    act: str
    adopted: bool
    person: str


@dataclass(frozen=True)
class Case:
    number: str
    item: str
    item_version: int
    """The version at receipt, for good."""
    channel: str
    custody: Custody
    times: Times
    """When what happened: what limits are computed from."""
    last: CaseEvent
    last_person: str
    last_time: datetime
    """No event may be earlier than this."""
    known: frozenset[str]
    """Units that ever could write; to all others but those asked for an answer the case does not exist."""
    custodians: tuple[str, ...]
    """Units that held it (an offer alone does not count), by first custody."""
    epoch: int = 0
    term: int = 0
    phase: Phase = Phase.RECEIVED
    materials: tuple[Material, ...] = ()
    supplement: Supplement | None = None
    acceptance: Acceptance | None = None
    open_steps: tuple[OpenStep, ...] = ()
    steps_completed: int = 0
    path: tuple[Pass, ...] = ()
    worked: int = 0
    """How many passes there were when work was last completed: a step, the decision, an end."""
    decision: Decision | None = None
    ending: Ending | None = None
    delivered_by: str | None = None
    settled_by: str | None = None
    answered: tuple[Answer, ...] = ()
    dossier: Dossier = field(default_factory=Dossier)
    """What lies in it beside the application: asked, heard, issued, paid, archived."""
    urged: Urge | None = None
    dealt_with: tuple[DealtWith, ...] = ()

    @property
    def consultations(self) -> tuple[Consultation, ...]:
        """The open ones."""
        return self.dossier.consultations

    @property
    def missing(self) -> tuple[MissingMaterial, ...]:
        return self.supplement.missing if self.supplement else ()

    @property
    def imported(self) -> bool:
        return self.times.imported

    @property
    def importing(self) -> bool:
        """History from a file that is not settled: the wall clock leaves it alone."""
        return self.times.importing

    @property
    def received_at(self) -> datetime:
        return self.times.received

    @property
    def clock(self) -> Clock:
        if self.times.suspended is not None:
            return Clock.SUSPENDED
        return Clock.RUNNING if self.acceptance else Clock.NOT_STARTED

    @property
    def arrived(self) -> bool:
        """Whether the holder's service has confirmed the last pass; the days before it are in transit."""
        return self.times.stay.arrived is not None

    @property
    def last_pass(self) -> Pass | None:
        return self.path[-1] if self.path else None

    def but(self, **changed: object) -> "Case":
        """A copy with other values; `dataclasses.replace` costs ten times as much, and every event is folded."""
        copy = object.__new__(Case)
        copy.__dict__.update(self.__dict__, **changed)
        return copy

    def completed(self, changed: Mapping[str, object]) -> "Case":
        """This one itself with other values. For a fold that has just made it, before anybody else has it."""
        self.__dict__.update(changed)
        return self

    def answer(self, request: str) -> Answer | None:
        return next((answer for answer in self.answered if answer.request == request), None)


def holder(case: Case) -> str:
    """The one unit that may write the next event (protocol C1)."""
    match case.custody:
        case Held(unit=unit):
            return unit
        case Offered(to=to):
            return to
        case _:
            assert_never(case.custody)


def custody(case: Case) -> tuple[str, int, int]:
    """Holder, epoch and term, as the envelope carries them."""
    return holder(case), case.epoch, case.term
