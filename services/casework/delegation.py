"""What the reference data says of one grant of powers (授权书)."""

from dataclasses import dataclass
from datetime import date

from contracts.reference import DelegationGranted


@dataclass(frozen=True, slots=True)
class Delegation:
    """A grant of powers (授权书). Days are local; the first and the last one are included, `revoked_on` no longer."""

    key: str
    unit: str
    department: str
    person: str
    items: frozenset[str]
    """Catalogue keys."""
    powers: frozenset[str]
    document: str
    valid_from: date
    valid_to: date
    revoked_on: date | None = None
    illustrative: bool = False

    @classmethod
    def granted(cls, key: str, event: DelegationGranted) -> "Delegation":
        return cls(
            key,
            event.unit,
            event.department,
            event.person,
            frozenset(event.items),
            frozenset(event.powers),
            event.document,
            event.valid_from,
            event.valid_to,
            illustrative=event.illustrative,
        )

    def why_not_on(self, day: date) -> str | None:
        """The code of why it is not in force on this day; None while it is."""
        if self.revoked_on is not None and self.revoked_on <= day:
            return "delegation_revoked"
        if self.valid_to < day:
            return "delegation_expired"
        return "delegation_not_begun" if day < self.valid_from else None

    def overlaps(self, other: "Delegation") -> bool:
        """Whether one act could rest on either: the same person's, for a day, an item and a power of both."""
        mine, theirs = ((grant.unit, grant.department, grant.person) for grant in (self, other))
        same = mine == theirs and self.items & other.items and self.powers & other.powers
        first, last = max(self.valid_from, other.valid_from), min(self.valid_to, other.valid_to)
        ended = [day for day in (self.revoked_on, other.revoked_on) if day is not None]
        return bool(same) and first <= last and all(first < day for day in ended)
