"""What moves or presses a limit [42, 45], and the end of an import."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.case.base import CaseFact
from contracts.fields import Code, Day, RequestId, Sealed, UnitCode, WorkingDays


class CaseSuspended(CaseFact):
    """Time does not count: one of the eight grounds of [45], or a ground of the item version with its basis."""

    ground: Code
    expected_days: WorkingDays
    notice: Code
    basis: Sealed | None = None


class CaseResumed(CaseFact):
    ground: Code


class DeadlineExtended(CaseFact):
    """Once; at most 10 working days by the body's head, joint at most 15 by the government's head [42]."""

    days: Annotated[int, Field(strict=True, ge=1, le=15)]
    approver: Code
    by: Literal["head", "government_head"]
    reason: Code


class DeadlineRecomputed(CaseFact):
    """A calendar amendment moved a date. `about`: which, of a clock that may run several times at once: the step, the
    consultation, the unit."""

    calendar: Code
    clock: Code
    old: Day
    new: Day
    reason: Code
    about: Code | None = None


class CaseUrged(CaseFact):
    """Pressed by a supervisor, the citizen or the clock (催办)."""

    by: UnitCode | Literal["citizen", "clock"]
    level: Literal["reminder", "yellow", "red"]
    request: RequestId | None = None


class CaseSettled(CaseFact):
    """End of import: from here the wall clock counts."""
