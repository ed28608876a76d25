"""What lies in the dossier beside the application: consultations, hearing, notices, certificates, fees."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from contracts.case.papers import NoticeKind
from contracts.case.work import Party


@dataclass(frozen=True, slots=True)
class Consultation:
    """Open: not answered yet. `unit` is where the department sits: the house of whoever asked, or another."""

    code: str
    department: str
    unit: str
    person: str


@dataclass(frozen=True, slots=True)
class Announcement:
    """The day and the place that those concerned were told [48(1)], and who told them. `since`: the day on which they
    were first told of one; another day or place leaves it."""

    hold_on: date
    place: str
    person: str
    since: date


@dataclass(frozen=True, slots=True)
class Hearing:
    """`offered`: who told of the right to it, None for one that the office holds by itself [46]; `told`: whom.
    `answer_by`: the last day to ask. `waived`: who wrote down that a party wants none; `requested`, that one asks for
    it; `taken_back`, that one does so no more. `called_off`: who did, until another is announced. `held`: who wrote it
    down. `record`: the digest that the decision has to rest on [48]."""

    reason: str | None = None
    answer_by: date | None = None
    offered: str | None = None
    told: tuple[Party, ...] = ()
    waived: Mapping[Party, str] = field(default_factory=dict[Party, str])
    requested: Mapping[Party, str] = field(default_factory=dict[Party, str])
    taken_back: Mapping[Party, str] = field(default_factory=dict[Party, str])
    announced: Announcement | None = None
    called_off: str | None = None
    held: str | None = None
    record: str | None = None

    def awaited_on(self, day: date) -> bool:
        """Whether it was not held although somebody asked for it, may still ask on this day, or was told its day."""
        if self.held is not None:
            return False
        return self.fixed or (self.answer_by is not None and day <= self.answer_by and not self.unwanted)

    @property
    def fixed(self) -> bool:
        """Whether one will be held."""
        return bool(self.requested) or self.announced is not None

    @property
    def unwanted(self) -> bool:
        """Whether everybody who was told of the right has waived it or taken the request back."""
        return self.offered is not None and self.waived.keys() | self.taken_back.keys() >= set(self.told)

    @property
    def relied_on(self) -> bool:
        """Whether somebody who has not given the right up had no need to ask, since a hearing was announced before the
        days to do so were over."""
        if self.announced is None or self.answer_by is None or self.unwanted:
            return False
        return self.announced.since <= self.answer_by


@dataclass(frozen=True, slots=True)
class Notice:
    notice: NoticeKind
    number: str
    digest: str
    person: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """`digest`: of its newest wording. `corrected`, `revoked`: by whom."""

    certificate: str
    number: str
    digest: str
    person: str
    corrected: str | None = None
    revoked: str | None = None


@dataclass(frozen=True, slots=True)
class Voucher:
    """One payment or refund."""

    way: Literal["paid", "refunded"]
    voucher: str
    amount: int
    person: str


@dataclass(frozen=True, slots=True)
class Fees:
    """In fen. What is refunded after a payment is due again unless it is waived."""

    assessed: int = 0
    assessed_by: str | None = None
    waived: int = 0
    vouchers: tuple[Voucher, ...] = ()

    @property
    def paid(self) -> int:
        return sum(found.amount for found in self.vouchers if found.way == "paid")

    @property
    def refunded(self) -> int:
        return sum(found.amount for found in self.vouchers if found.way == "refunded")

    @property
    def due(self) -> int:
        """What is still to be paid."""
        return self.assessed - self.waived - self.paid + self.refunded


@dataclass(frozen=True, slots=True)
class Dossier:
    """`consulted`: units that were ever asked; they know the case. A case that is reopened gets another hearing."""

    consultations: tuple[Consultation, ...] = ()
    consulted: frozenset[str] = frozenset()
    hearing: Hearing | None = None
    notices: tuple[Notice, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    fees: Fees = field(default_factory=Fees)
    archived: str | None = None
    """Who archived it."""

    def certificate(self, number: str) -> Certificate | None:
        return next((found for found in self.certificates if found.number == number), None)
