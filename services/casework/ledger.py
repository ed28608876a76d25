"""One ledger explains every date: for each day of a clock, whether it counts, whose it is, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.casework.book import Book
from services.casework.calendar import FRIDAY
from services.casework.clocks import Clock, ClockName, clocks
from services.casework.limits import Share, Span, TimeLimit, measured, spans
from services.casework.moment import local_day
from services.casework.reasons import APPLICANT, FREE, GROUNDS, REASONS, RUNS, Reason
from services.casework.times import Times

AFTER_PAPERS: frozenset[ClockName] = frozenset({"forward", "after_supplement"})
"""The clocks that papers begin."""


@dataclass(frozen=True, slots=True)
class LedgerDay:
    """One local day. `number`: it is the n-th that counts; None when it does not. `whose`: the unit or `applicant`
    that a counted day is charged to, None in transit and for days that do not count. `named`: the ground or the
    custodian in its sentence."""

    day: date
    number: int | None
    whose: str | None
    reason: Reason
    zh: str
    en: str
    named: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Run:
    """Days in a row that one sentence says: those of a suspension, and those after the limit with one custodian, free
    days in between counted in; every other day is alone. `numbers`: of the first and the last that counts."""

    first: date
    last: date
    numbers: tuple[int, int] | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """`days` from the day of the event to the day it stopped or today; `shares` their sums. The counted days are as
    many as `limit.used`: both come from the same spans."""

    limit: TimeLimit
    days: tuple[LedgerDay, ...]
    shares: tuple[Share, ...]

    def runs(self) -> Iterator[Run]:
        """The days for a reader: however long a case is suspended or late, that is a line."""
        alike: list[LedgerDay] = []
        free: list[LedgerDay] = []
        for entry in self.days:
            if alike and entry.reason in FREE:
                free.append(entry)
            elif alike and (entry.reason, entry.named) == (alike[0].reason, alike[0].named):
                alike += [*free, entry]
                free = []
            else:
                yield from self._said(alike, free)
                alike, free = [entry], []
            if alike[0].reason not in RUNS:
                yield from self._said(alike, free)
                alike, free = [], []
        yield from self._said(alike, free)

    def _said(self, alike: list[LedgerDay], free: list[LedgerDay]) -> Iterator[Run]:
        counted = [entry.number for entry in alike if entry.number is not None]
        numbers = (counted[0], counted[-1]) if counted else None
        if len(alike) > 1:
            words = RUNS[alike[0].reason]
            late = [str(number - self.limit.days) for number in numbers or ()]
            zh, en = (
                sentence.format(*late, n=len(alike), named=named)
                for sentence, named in zip(words, alike[0].named, strict=True)
            )
            yield Run(alike[0].day, alike[-1].day, numbers, zh, en)
        elif alike:
            yield Run(alike[0].day, alike[0].day, numbers, alike[0].zh, alike[0].en)
        for entry in free:
            yield Run(entry.day, entry.day, None, entry.zh, entry.en)


def ledgers(times: Times, book: Book, at: datetime) -> tuple[Ledger, ...]:
    """The ledger of every clock of the case at `at`, in the order of `limits`."""
    return tuple(ledger(clock, times, book, at) for clock in clocks(times, book))


def ledger(clock: Clock, times: Times, book: Book, at: datetime) -> Ledger:
    """The ledger of one clock at `at`; `times` and `book` as `limits` takes them."""
    days = tuple(_days(clock, times, book, local_day(min(at, clock.stopped) if clock.stopped else at)))
    shares = dict[str | None, int]()
    for entry in days:
        if entry.number is not None:
            shares[entry.whose] = shares.get(entry.whose, 0) + 1
    limit = measured(clock, times, book.calendar, at)
    return Ledger(limit, days, tuple(Share(whose, sum_) for whose, sum_ in shares.items()))


def _days(clock: Clock, times: Times, book: Book, upto: date) -> Iterator[LedgerDay]:
    yield _first_day(clock)
    number = 0
    for span in spans(clock, times, upto):
        day = span.after
        while day < span.upto:
            day += timedelta(days=1)
            counts = not span.suspended and book.calendar.is_working(day)
            number += counts
            yield _entry(clock, times, book, span, day, number if counts else None)


def _first_day(clock: Clock) -> LedgerDay:
    """The day of the event; of papers that were registered on a later day than they were handed in, that day too."""
    registered = local_day(clock.since)
    waited = clock.name in AFTER_PAPERS and registered > clock.on
    reason: Reason = "handed_in" if waited else "day_of_event"
    zh, en = (sentence.format(registered=registered.isoformat()) for sentence in REASONS[reason])
    return LedgerDay(clock.on, None, None, reason, zh, en)


def _entry(clock: Clock, times: Times, book: Book, span: Span, day: date, number: int | None) -> LedgerDay:
    reason = _reason(clock, span, day, number, book)
    mark = book.calendar.mark(day)
    ground = next((s.ground for s in reversed(times.suspensions) if local_day(s.since) < day), "")
    unit = book.units.get(span.whose) if span.whose else None
    named = unit.name if unit else span.whose or ""
    whose = APPLICANT if span.whose == "applicant" else (named, named)
    said: list[str] = []
    for language, sentence in enumerate(REASONS[reason]):
        words = {
            "name": mark.name if mark else "",
            "ground": _ground(ground, times, book)[language],
            "whose": whose[language],
            "n": _within(clock, reason, number),
        }
        said.append(sentence.format_map(words))
    about = _ground(ground, times, book) if reason == "suspended" else whose
    return LedgerDay(day, number, span.whose if number is not None else None, reason, said[0], said[1], about)


def _ground(ground: str, times: Times, book: Book) -> tuple[str, str]:
    """One of [45]'s grounds, or the item version's own, by its name in the catalogue."""
    if (known := GROUNDS.get(ground)) is not None:
        return known
    item = book.item(times.item, times.item_version)
    own = next((own for own in item.suspension_grounds if own.code == ground), None) if item else None
    return (own.name, own.name_en or own.name) if own else (ground, ground)


def _reason(clock: Clock, span: Span, day: date, number: int | None, book: Book) -> Reason:
    marked = book.calendar.mark(day) is not None
    if number is None:
        return "suspended" if book.calendar.is_working(day) else "holiday" if marked else "weekend"
    if span.whose is None:
        return "in_transit"
    if number > clock.days:
        return "overdue"
    if number > clock.days - clock.extended:
        return "extended"
    return "make_up_day" if marked and day.isoweekday() > FRIDAY else "working_day"


def _within(clock: Clock, reason: Reason, number: int | None) -> int:
    before = clock.days if reason == "overdue" else clock.days - clock.extended
    return (number or 0) - before
