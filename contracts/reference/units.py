"""Units of the tree, who is on duty in them, when they take cases and no more."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.case.base import Value
from contracts.fields import Code, Day, Flag, Name, PublicKey, Tier, UnitCode
from contracts.reference.base import ReferenceFact


class UnitOpened(ReferenceFact):
    """Stream `unit/<code>`. The parent may be of the same tier; the city's root unit has none.

    `preparing`: it is in the tree and takes no case before UnitInaugurated.
    """

    kind: ClassVar[str] = "unit"

    code: UnitCode
    name: Name
    tier: Tier
    sealing_key: PublicKey
    anchor_key: PublicKey
    parent: UnitCode | None = None
    preparing: Flag = False


class Appointment(Value):
    """A person on duty, by staff number, and in which role; of a body, or of the centre itself."""

    person: Code
    role: Code
    department: Code | None = None


class StaffAppointed(ReferenceFact):
    """Everybody who is on duty there; takes the place of the list of before."""

    kind: ClassVar[str] = "unit"

    staff: Annotated[tuple[Appointment, ...], Field(min_length=1, max_length=500)]


class UnitInaugurated(ReferenceFact):
    """A unit that was being prepared takes cases from now on (挂牌运行)."""

    kind: ClassVar[str] = "unit"

    opened_on: Day


class UnitRevised(ReferenceFact):
    kind: ClassVar[str] = "unit"

    name: Name
    sealing_key: PublicKey
    anchor_key: PublicKey


class UnitClosed(ReferenceFact):
    """Its closed cases go to the successor, who may reopen (protocol B6)."""

    kind: ClassVar[str] = "unit"

    successor: UnitCode
    closed_on: Day
