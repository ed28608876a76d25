"""How much of each limit is used, when it ends and what light it shows. Derived, never stored.

The rule for every day: a day is what it was when it began, at 00:00. So the day of an event does not count for what
the event begins: the day of receipt is free, the day on which a suspension begins counts and the day on which it ends
does not, the day on which custody passes is the sender's, the days until the arrival are nobody's, that of the arrival
too. Nothing that happens during a day changes that day or one before it.

Asked for an instant in the past, give the fold of the events up to it and the book with the calendar that was
published then: the answer is the one that was shown.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import chain
from operator import itemgetter

from services.casework.book import Book
from services.casework.calendar import Calendar
from services.casework.clocks import Basis, Clock, ClockName, clocks
from services.casework.moment import day_ends, local_day
from services.casework.times import Suspension, Times

AMBER = (3, 4)
"""Amber from three quarters used."""


class Light(StrEnum):
    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Span:
    """Days after `after` up to and with `upto` that are alike. `whose`: a unit, `applicant`, None in transit."""

    after: date
    upto: date
    suspended: bool
    whose: str | None


@dataclass(frozen=True, slots=True)
class Share:
    """Counted working days of one custodian; of nobody (None) in transit."""

    whose: str | None
    days: int


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """One clock at one instant. `days` working days with the extension, `used` through today, `left` negative when
    passed.

    `due`: the first instant (UTC) that is too late, the 24:00 of `last_day`; both None while a suspension keeps them
    open. `charged`: who answers for it now, None in transit. `stopped`: when what it waits for was done, or the case
    ended; it is late when that is not before `due`. `provisional`: years whose calendar may still move the date.
    """

    clock: ClockName
    about: str | None
    basis: Basis
    started: datetime
    start_day: date
    days: int
    extended: int
    last_day: date | None
    due: datetime | None
    used: int
    left: int
    light: Light
    charged: str | None
    shares: tuple[Share, ...]
    stopped: datetime | None
    calendar: tuple[str, ...]
    provisional: tuple[int, ...]


def limits(times: Times, book: Book, at: datetime) -> tuple[TimeLimit, ...]:
    """Every limit of the case at `at` (UTC), the stopped ones too, in the order of a case's life.

    `times` holds the events up to `at`, `book` the reference data known then. Empty while the item's version is not
    in the book.
    """
    return tuple(measured(clock, times, book.calendar, at) for clock in clocks(times, book))


def measured(clock: Clock, times: Times, calendar: Calendar, at: datetime) -> TimeLimit:
    """This clock at `at`."""
    today = local_day(min(at, clock.stopped) if clock.stopped else at)
    last_day = last_day_of(clock, times, calendar)
    shares = dict[str | None, int]()
    for span in spans(clock, times, today):
        if not span.suspended and (days := calendar.count(span.after, span.upto)):
            shares[span.whose] = shares.get(span.whose, 0) + days
    used = sum(shares.values())
    due = day_ends(last_day) if last_day else None
    furthest = max(today, last_day or today)
    return TimeLimit(
        clock=clock.name,
        about=clock.about,
        basis=clock.basis,
        started=clock.since,
        start_day=clock.on,
        days=clock.days,
        extended=clock.extended,
        last_day=last_day,
        due=due,
        used=used,
        left=clock.days - used,
        light=_light(clock, times, calendar, last_day, due, used, at),
        charged=clock.whose or times.custodian,
        shares=tuple(Share(whose, days) for whose, days in shares.items()),
        stopped=clock.stopped,
        calendar=calendar.versions(clock.on, furthest),
        provisional=calendar.provisional(clock.on, furthest),
    )


def _light(
    clock: Clock,
    times: Times,
    calendar: Calendar,
    last_day: date | None,
    due: datetime | None,
    used: int,
    at: datetime,
) -> Light:
    if clock.stopped is not None:
        return Light.RED if due is not None and clock.stopped >= due else Light.GREEN
    if due is not None and at >= due:
        return Light.RED
    if last_day is None:
        paused = times.suspended
        overdue = paused is not None and at >= suspension_ends(paused, calendar)
        return Light.AMBER if overdue else Light.PAUSED
    if used >= amber_from(clock.days) or local_day(at) == last_day:
        return Light.AMBER
    return Light.GREEN


def amber_from(days: int) -> int:
    """The number of used days from which a limit of `days` is amber."""
    part, whole = AMBER
    return -(-days * part // whole)


def suspension_ends(suspension: Suspension, calendar: Calendar) -> datetime:
    """When the time that the applicant was told is over."""
    return day_ends(calendar.nth(local_day(suspension.since), suspension.expected_days))


def last_day_of(clock: Clock, times: Times, calendar: Calendar) -> date | None:
    """The last day of the limit; None while a suspension that began in time is not over.

    A suspension that begins on the last day finds the rest of that day unspent: the day it ends on is the last one.
    """
    return _nth(clock, clock.days, times, calendar, lambda last, begins: last < begins)


def reaches(clock: Clock, n: int, times: Times, calendar: Calendar) -> date | None:
    """The day on which the n-th working day (n ≥ 1) counts; None while a suspension keeps it away."""
    return _nth(clock, n, times, calendar, lambda day, begins: day <= begins)


def _nth(clock: Clock, n: int, times: Times, calendar: Calendar, before: Callable[[date, date], bool]) -> date | None:
    """The n-th working day of the clock, pushed back by each suspension that it does not lie `before`."""
    start, left = clock.on, n
    for suspension in _pausing(clock, times):
        begins = max(local_day(suspension.since), start)
        if before(calendar.nth(start, left), begins):
            break
        if suspension.until is None:
            return None
        left -= calendar.count(start, begins)
        start = max(local_day(suspension.until), start)
    return calendar.nth(start, left)


def _pausing(clock: Clock, times: Times) -> Iterator[Suspension]:
    """Suspensions that this clock counts out, without those that were over before it began."""
    if clock.pauses:
        for suspension in times.suspensions:
            if suspension.until is None or local_day(suspension.until) > clock.on:
                yield suspension


def spans(clock: Clock, times: Times, upto: date) -> Iterator[Span]:
    """The days after the clock's first day up to and with `upto`, cut wherever custody or a suspension changed."""
    whose, suspended, after = clock.whose, False, clock.on
    changes = chain(_pauses(clock, times), () if clock.whose else _turns(times))
    for day, pause, unit in sorted(changes, key=itemgetter(0)):
        if day >= upto:
            break
        if day > after:
            yield Span(after, day, suspended, whose)
            after = day
        if pause is None:
            whose = unit
        else:
            suspended = pause
    if after < upto:
        yield Span(after, upto, suspended, whose)


Change = tuple[date, bool | None, str | None]
"""From the day after this one: suspended or not; else (None) whose it is."""


def _pauses(clock: Clock, times: Times) -> Iterator[Change]:
    for suspension in _pausing(clock, times):
        yield local_day(suspension.since), True, None
        if suspension.until is not None:
            yield local_day(suspension.until), False, None


def _turns(times: Times) -> Iterator[Change]:
    for stay in times.stays:
        yield local_day(stay.since), None, None
        if stay.arrived is not None:
            yield local_day(stay.arrived), None, stay.unit
