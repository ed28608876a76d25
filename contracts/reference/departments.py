"""Bodies in the centres, their windows, and the way to a chief representative (首席代表)."""

from typing import ClassVar

from contracts.fields import Code, Day, Flag, Name, UnitCode
from contracts.reference.base import ReferenceFact


class DepartmentAdmitted(ReferenceFact):
    """Stream `department/<unit>.<code>`: a body moves its windows into the centre."""

    kind: ClassVar[str] = "department"

    unit: UnitCode
    code: Code
    name: Name
    admitted_on: Day | None = None
    """Not known of those admitted before it was asked for."""


class RepresentativePlanned(ReferenceFact):
    """The body prepares for a chief representative at this centre. `illustrative`: made up, and says so."""

    kind: ClassVar[str] = "department"

    planned_on: Day
    illustrative: Flag = False


class RepresentativeInstalled(ReferenceFact):
    """The sign of its chief representative is hung out at the window (挂牌): who sits there holds a grant of it."""

    kind: ClassVar[str] = "department"

    person: Code
    installed_on: Day
    illustrative: Flag = False


class RepresentativeWithdrawn(ReferenceFact):
    """The sign is taken down (摘牌); `withdrawn_on` is the first local day without it."""

    kind: ClassVar[str] = "department"

    reason: Code
    withdrawn_on: Day


class DepartmentLeft(ReferenceFact):
    kind: ClassVar[str] = "department"

    reason: Code


class WindowOpened(ReferenceFact):
    """Stream `window/<unit>.<code>`."""

    kind: ClassVar[str] = "window"

    unit: UnitCode
    code: Code
    department: Code


class WindowClosed(ReferenceFact):
    kind: ClassVar[str] = "window"

    reason: Code
