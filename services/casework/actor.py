"""Who acts: what a signed token says of a person."""

from dataclasses import dataclass
from typing import Literal

Role = Literal[
    "agent",
    "clerk",
    "approver",
    "head",
    "government_head",
    "chief_representative",
    "supervisor",
    "catalogue_manager",
    "unit_administrator",
    "integrator",
]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person of one unit; it acts for that unit only. `subject` is a staff number. Roles unknown here count for
    nothing."""

    subject: str
    unit: str
    department: str | None = None
    roles: frozenset[str] = frozenset()
