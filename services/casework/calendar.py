"""Working days [82]: Monday to Friday without the statutory holidays, and with the make-up working days (调休).

Folded from the streams `calendar/<year>`. A year that nobody published is computed with weekends alone and is
provisional: whoever shows a date says so.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from contracts.reference import CalendarAmended, CalendarPublished, DayMark

FRIDAY = 5
FIRST = 2
"""No date lies before this year; the day before it still has a name."""
LAST = 9998
"""No date lies after this year, whatever instant another office's record claims; the day after it still has a name."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A day that differs from plain weekdays: a holiday, or a make-up working day."""

    work: bool
    name: str


@dataclass(frozen=True, slots=True)
class Year:
    """One year as tables: counting and finding cost a bisection, whatever the distance."""

    version: str | None
    """None: nobody published this year."""
    provisional: bool
    marks: Mapping[date, Mark]
    first: int
    """Ordinal of January 1."""
    before: tuple[int, ...]
    """Working days of the year up to and without its i-th day; the last entry counts all."""
    working: tuple[int, ...]
    """Ordinals of the working days."""


def _year(year: int, version: str | None, provisional: bool, marks: Mapping[date, Mark]) -> Year:
    first, following = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1
    before, working = [0], list[int]()
    for ordinal in range(first, following):
        day = date.fromordinal(ordinal)
        mark = marks.get(day)
        if mark.work if mark else day.isoweekday() <= FRIDAY:
            working.append(ordinal)
        before.append(len(working))
    return Year(version, provisional, marks, first, tuple(before), tuple(working))


@lru_cache(maxsize=512)
def _unpublished(year: int) -> Year:
    return _year(year, None, True, {})


def _marks(year: int, marks: tuple[DayMark, ...]) -> dict[date, Mark]:
    return {mark.day: Mark(mark.work, mark.name) for mark in marks if mark.day.year == year}


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is published of each year. Immutable: `publish` and `amend` give the next one."""

    years: Mapping[int, Year] = field(default_factory=dict[int, Year])

    def publish(self, event: CalendarPublished) -> "Calendar":
        """The year as this event has it; a year published again (its notice is out) is replaced as a whole."""
        year = _year(event.year, event.calendar_version, event.provisional, _marks(event.year, event.marks))
        return Calendar({**self.years, event.year: year})

    def amend(self, year: int, event: CalendarAmended) -> "Calendar":
        """The event's marks replace those of the same days, all others stay; a day is set back by marking it as what
        its weekday makes it. A provisional year stays provisional. A year not published here changes nothing."""
        if (known := self.years.get(year)) is None:
            return self
        marks = {**known.marks, **_marks(year, event.marks)}
        return Calendar({**self.years, year: _year(year, event.calendar_version, known.provisional, marks)})

    def year(self, year: int) -> Year:
        return self.years.get(year) or _unpublished(year)

    def first_change(self, after: "Calendar", year: int) -> date | None:
        """The first day of this year that is worked in one of the two and not in the other; None when there is none."""
        mine, theirs = self.year(year).working, after.year(year).working
        differing = set(mine) ^ set(theirs)
        return date.fromordinal(min(differing)) if differing else None

    def mark(self, day: date) -> Mark | None:
        """How the day is marked; None for a plain weekday or weekend."""
        return self.year(day.year).marks.get(day)

    def is_working(self, day: date) -> bool:
        mark = self.mark(day)
        return mark.work if mark else day.isoweekday() <= FRIDAY

    def nth(self, day: date, n: int) -> date:
        """The n-th working day after `day`, which itself does not count; `day` for n = 0."""
        if n <= 0:
            return day
        number = day.year
        year = self.year(number)
        n += bisect_right(year.working, day.toordinal())
        while n > len(year.working):
            if number == LAST:
                return date(LAST, 12, 31)
            n -= len(year.working)
            number += 1
            year = self.year(number)
        return date.fromordinal(year.working[n - 1])

    def latest(self, day: date, n: int) -> date:
        """The latest day after which the n-th working day (n ≥ 1) does not lie after `day`: of what runs for n working
        days, all that began up to it ends by `day`."""
        number = day.year
        year = self.year(number)
        known = bisect_right(year.working, day.toordinal())
        while n > known:
            if number <= FIRST:
                return date(FIRST, 1, 1)
            n -= known
            number -= 1
            year = self.year(number)
            known = len(year.working)
        return date.fromordinal(year.working[known - n] - 1)

    def count(self, after: date, upto: date) -> int:
        """Working days after `after` up to and with `upto`; 0 when there are none."""
        if upto <= after:
            return 0
        whole = sum(len(self.year(number).working) for number in range(after.year, upto.year))
        return whole + self._through(upto) - self._through(after)

    def _through(self, day: date) -> int:
        year = self.year(day.year)
        return year.before[day.toordinal() - year.first + 1]

    def versions(self, first: date, last: date) -> tuple[str, ...]:
        """The published versions that the years from `first` to `last` are counted by."""
        found = (self.year(number).version for number in range(first.year, last.year + 1))
        return tuple(version for version in found if version is not None)

    def provisional(self, first: date, last: date) -> tuple[int, ...]:
        """Years from `first` to `last` whose dates may still move."""
        return tuple(number for number in range(first.year, last.year + 1) if self.year(number).provisional)
