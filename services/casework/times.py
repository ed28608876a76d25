"""When what happened to a case: the facts that limits are computed from. Instants only; days are the calendar's.

`Times` is the fold (`times_fold`) of a prefix of the case's events. What was known at an instant is the fold of the
events up to it: nothing here looks ahead, and nothing is stored that another calendar would make different.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from contracts.case import Limit
from contracts.case.custody import ReferralKind

Turn = ReferralKind | Literal["receipt", "refusal", "recall", "return", "dispute", "assumption"]
UrgeLevel = Literal["reminder", "yellow", "red"]


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
    """Hash of the last pass to it, which its service confirms."""
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
    """One notice of missing papers and the applicant's answer. `brought`: each kind, when first handed in. `complete`:
    when `unit` wrote down that all of `kinds` was in; `handed_in`: when the last of it was, sometimes days before."""

    asked: datetime
    kinds: frozenset[str] = frozenset()
    brought: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    complete: datetime | None = None
    handed_in: datetime | None = None
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
    """A consultation, a step or the wait for a hearing: `code`, from when to when. `days`: of a consultation; a step's
    are the item's. `unit`: who is asked, or who works."""

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
    """Suspensions, extension, hearing, decision and urges are of this run of the case: one that is reopened begins anew
    at `reopened`."""

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
    hearings: tuple[Stretch, ...] = ()
    """From each request for one until it was held or the request taken back; `code` is who asked."""
    declined: datetime | None = None
    decided: datetime | None = None
    ended: datetime | None = None
    delivered: datetime | None = None
    reopened: datetime | None = None
    settled: bool = False
    urges: tuple[Urge, ...] = ()
    recomputed: frozenset[tuple[str, str, str | None]] = frozenset()
    """Calendar version, clock and what it is about, of each journalled change."""

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

    def handed_in(self, said: datetime | None, at: datetime) -> datetime:
        """When papers that are written down at `at` were handed in, where their request's record says `said`. Whatever
        the clock of the asker was: not before they were asked for, and not after `at`."""
        asked = self.outstanding.asked if self.outstanding else self.received
        return at if said is None else min(max(said, asked), at)

    def but(self, **changed: object) -> "Times":
        copy = object.__new__(Times)
        copy.__dict__.update(self.__dict__, **changed)
        return copy
