"""Working days of each year."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.case.base import Value
from contracts.fields import Code, Day, Flag, Name, Text
from contracts.reference.base import ReferenceFact


class DayMark(Value):
    """A day that differs from plain weekdays: a holiday, or a make-up working day (调休)."""

    day: Day
    work: Flag
    name: Name


class CalendarPublished(ReferenceFact):
    """Stream `calendar/<year>`; marks of one year. Provisional until the year's notice is out."""

    kind: ClassVar[str] = "calendar"

    year: Annotated[int, Field(strict=True, ge=1980, le=2200)]
    calendar_version: Code
    marks: Annotated[tuple[DayMark, ...], Field(max_length=366)]
    source: Text
    provisional: Flag = False


class CalendarAmended(ReferenceFact):
    kind: ClassVar[str] = "calendar"

    calendar_version: Code
    marks: Annotated[tuple[DayMark, ...], Field(max_length=366)]
    reason: Text
