"""What the passing of time does to a case: the acts of the law's clock, and when it has to look again.

Written by the holder's service (writer `clock`). In transit the clock waits for the arrival; what it then writes keeps
the lawful day. One act at a time: write what `clock_acts` gives, then ask again until it gives nothing. Having been
written, an act is not due again, so two copies of the process and a restart do each once.

History from a file is left alone until it is settled, unless `imported` says that `at` is an instant of that history:
the importer, before each act at instant t, walks `next_due` up to t and writes what is due at each instant found.

Papers that the applicant handed in at the portal or at another office wait as a request for a clerk. Whoever calls says
when the first of those that wait were `handed_in`: handed in before the limit's end, they hold the termination up until
the clerk has taken them in or declined them, however long that takes. A request that reaches the holder only after the
termination was written cannot undo it, although it was made in time; so that is written only `GRACE` after the end.

While papers wait nothing is deemed accepted, since nobody has looked whether all is there. Once a clerk writes down
that it is, the office's days count from the day on which it was handed in: are they over by then, the law has accepted
as of that day, and the clock says so at once.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from contracts.case import CaseAccepted, CaseTerminated, CaseUrged, DeadlineRecomputed
from services.casework.book import Book
from services.casework.calendar import Calendar
from services.casework.case import NOT_ACCEPTED, Case
from services.casework.catalogue import item_of
from services.casework.clocks import Clock, ClockName, clocks, limits_of
from services.casework.limits import amber_from, last_day_of, limits, reaches, suspension_ends
from services.casework.moment import day_begins, day_ends
from services.casework.times import Times, UrgeLevel

URGED: frozenset[ClockName] = frozenset(
    {"notice", "after_supplement", "preliminary_review", "statutory", "committed", "delivery"}
)
"""The clocks that press the custodian by themselves. All others only show their light."""

ACCEPTING: frozenset[ClockName] = frozenset({"notice", "after_supplement"})
"""The clocks at whose end the application is deemed accepted. Neither runs while the applicant owes papers."""

GRACE = timedelta(minutes=10)
"""How long after the applicant's time is over the case is not ended yet (ours): papers handed in during the last second
are on their way to the holder. It lies within the day after the last one; the applicant's time is no longer by it."""

RANKS: Mapping[UrgeLevel, int] = {"reminder": 0, "yellow": 1, "red": 2}

ClockAct = CaseAccepted | CaseTerminated | CaseUrged


def clock_acts(
    case: Case, book: Book, at: datetime, *, imported: bool = False, handed_in: datetime | None = None
) -> list[ClockAct]:
    """What the law's clock writes at `at`, if anything: deemed acceptance [32(4), 32(5)], termination because papers
    that were asked for never came, or an urge; the first alone when several are due.

    `handed_in`: when the first papers that wait for a clerk were. Before a termination is written it has to be said.
    History from a file has nothing on its way: it ends at the very end of the limit.

    `accepted_on` is the day on which the application, or the last paper asked for, came in, however late this runs.
    """
    times = case.times
    if (times.importing and not imported) or times.custodian is None:
        return []
    return _acts(case, _running(times, book), book, at, handed_in, _grace(imported))


def accepted_by_law(case: Case, book: Book, at: datetime) -> date | None:
    """The day on which the law has accepted an application that nobody took up in time; None when it has not.

    Of history from a file nobody says it but the clock: what a person did then is written as it was.
    """
    times = case.times
    if times.importing or case.phase not in NOT_ACCEPTED:
        return None
    running = (clock for clock in clocks(times, book) if clock.name in ACCEPTING and clock.stopped is None)
    return next((clock.on for clock in running if _over(clock, times, book, at)), None)


def next_due(
    case: Case, book: Book, after: datetime, *, imported: bool = False, handed_in: datetime | None = None
) -> datetime | None:
    """The next instant (UTC) at which the clock has to act or a light changes: `after` when something is due already,
    else a later one; None when nothing will happen without another event. A termination is due `GRACE` after the light.

    To be kept in an index and computed again after every event of the case and every change of the calendar. A case
    that waits for a clerk because papers were `handed_in` is due again by the event with which the clerk answers.
    """
    times = case.times
    if times.importing and not imported:
        return None
    running, grace = _running(times, book), _grace(imported)
    if times.custodian is not None and _acts(case, running, book, after, handed_in, grace):
        return after
    instants = [instant for _, thresholds in running for _, instant in thresholds]
    ends = (thresholds[-1][1] for clock, thresholds in running if clock.name == "supply")
    instants += (end + grace for end in ends)
    if times.suspended is not None and any(clock.pauses for clock, _ in running):
        instants.append(suspension_ends(times.suspended, book.calendar))
    return min((instant for instant in instants if instant > after), default=None)


def recompute(
    case: Case, book: Book, before: Calendar, at: datetime, reason: str, *, changed: datetime | None = None
) -> list[DeadlineRecomputed]:
    """What is journalled at `at` when the calendar was `before` and is now that of `book`: each running limit whose
    last day moved, with old day, new day and reason. A limit that began after the calendar was `changed` was never
    shown with another day.

    `[]` for what is journalled already, and in transit, where it waits for the arrival as every act of the clock does.
    A suspended limit has no last day: it waits for the resumption (`changed_while_suspended`), and is then told from
    the day that would have been. A suspension that began after the change hides nothing of what was shown between.
    """
    times = case.times
    if times.custodian is None:
        return []
    if changed is not None and times.suspended is not None and changed < times.suspended.since:
        times = times.but(suspensions=times.suspensions[:-1])
    earlier = limits(times, replace(book, calendar=before), at)
    written: list[DeadlineRecomputed] = []
    for old, new in zip(earlier, limits(times, book, at), strict=True):
        if new.stopped is not None or old.last_day is None or new.last_day is None or old.last_day == new.last_day:
            continue
        if changed is not None and new.started >= changed:
            continue
        version = next((found for found in new.calendar if found not in old.calendar), new.calendar[-1])
        if (version, new.clock, new.about) not in times.recomputed:
            event = DeadlineRecomputed(
                calendar=version,
                clock=new.clock,
                old=old.last_day,
                new=new.last_day,
                reason=reason,
                about=new.about,
            )
            written.append(event)
    return written


def changed_while_suspended(times: Times, changed: datetime) -> bool:
    """Whether the calendar was `changed` while time did not count, and time counts again."""
    return any(s.until is not None and s.since <= changed <= s.until for s in times.suspensions)


Threshold = tuple[UrgeLevel, datetime]
"""When a level is reached."""
Running = tuple[Clock, list[Threshold]]
"""A clock that has not stopped, with its thresholds in order."""


def _running(times: Times, book: Book) -> list[Running]:
    return [(clock, _thresholds(clock, times, book)) for clock in clocks(times, book) if clock.stopped is None]


def _grace(imported: bool) -> timedelta:
    return timedelta() if imported else GRACE


def _acts(
    case: Case, running: list[Running], book: Book, at: datetime, handed_in: datetime | None, grace: timedelta
) -> list[ClockAct]:
    if case.phase in NOT_ACCEPTED:
        for clock, thresholds in running:
            end = next((instant for level, instant in thresholds if level == "red" and instant <= at), None)
            if end is None:
                continue
            if clock.name in ACCEPTING:
                return [CaseAccepted(accepted_on=clock.on, deemed=True, limits=limits_of(item_of(case, book)))]
            if clock.name == "supply" and at >= end + grace and (handed_in is None or handed_in >= end):
                return [CaseTerminated(ground="supplement_not_provided")]
    level = _urge(running, case.times, at)
    return [CaseUrged(by="clock", level=level)] if level else []


def _over(clock: Clock, times: Times, book: Book, at: datetime) -> bool:
    last_day = last_day_of(clock, times, book.calendar)
    return last_day is not None and at >= day_ends(last_day)


def _thresholds(clock: Clock, times: Times, book: Book) -> list[Threshold]:
    """75 %, the last day and the end, in order; what a suspension keeps open is not among them."""
    found: list[Threshold] = []
    if clock.days and (day := reaches(clock, amber_from(clock.days), times, book.calendar)):
        found.append(("reminder", day_begins(day)))
    if last_day := last_day_of(clock, times, book.calendar):
        found.append(("yellow", day_begins(last_day)))
        found.append(("red", day_ends(last_day)))
    return found


def _urge(running: list[Running], times: Times, at: datetime) -> UrgeLevel | None:
    """The highest level that is due and was not written since it fell due. One urge stands for all clocks that reached
    its level by then, and for the lower levels."""
    due: set[UrgeLevel] = set()
    for clock, thresholds in running:
        passed = [threshold for threshold in thresholds if threshold[1] <= at]
        if passed and clock.name in URGED:
            level, instant = passed[-1]
            if not any(RANKS[urge.level] >= RANKS[level] and urge.at >= instant for urge in times.urges):
                due.add(level)
    return max(due, key=RANKS.__getitem__, default=None)
