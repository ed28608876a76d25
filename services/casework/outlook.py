"""How a case's time stands, as instants: what a list of many cases needs to show each light at any moment."""

from dataclasses import dataclass
from datetime import datetime

from services.casework.book import Book
from services.casework.case import Case
from services.casework.clocks import ClockName, clocks
from services.casework.limits import Light, amber_from, last_day_of, reaches, suspension_ends
from services.casework.moment import day_begins, day_ends


@dataclass(frozen=True, slots=True)
class Outlook:
    """Of all running clocks together, as long as nothing else happens to the case. Instants UTC.

    `due`: when the limit that ends first does, and red begins; `clock` names it. `amber`: when the first of them turns
    amber. `acknowledge_due`, `acknowledge_amber`: the same of the limit to acknowledge alone, whichever ends first;
    None unless a case that arrived waits for it. `paused`: a suspension keeps one open. `frozen`: history from a file
    is seen at this instant, not now.
    """

    clock: ClockName | None
    due: datetime | None
    amber: datetime | None
    paused: bool
    frozen: datetime | None
    provisional: bool
    acknowledge_due: datetime | None
    acknowledge_amber: datetime | None


def light_at(due: datetime | None, amber: datetime | None, paused: bool, at: datetime) -> Light:
    """The worst light of the running clocks at that instant, from the instants of their outlook."""
    if due is not None and at >= due:
        return Light.RED
    if amber is not None and at >= amber:
        return Light.AMBER
    return Light.PAUSED if paused else Light.GREEN


def outlook(case: Case, book: Book) -> Outlook:
    """The outlook of a case; of one with no running clock, without instants."""
    times, calendar = case.times, book.calendar
    first: tuple[datetime, ClockName] | None = None
    running: ClockName | None = None
    ambers: list[datetime] = []
    paused = False
    years: set[int] = set()
    offered: tuple[datetime | None, datetime | None] = None, None
    for clock in clocks(times, book):
        if clock.stopped is not None:
            continue
        running = running or clock.name
        last_day = last_day_of(clock, times, calendar)
        if last_day is None:
            # Paused, also when three quarters were used before: amber again only once the suspension lasts too long.
            paused = True
            if times.suspended is not None:
                ambers.append(suspension_ends(times.suspended, calendar))
            continue
        mine = [day_begins(last_day)]
        if clock.days and (day := reaches(clock, amber_from(clock.days), times, calendar)):
            mine.append(day_begins(day))
        ambers += mine
        if clock.name == "acknowledge":
            offered = day_ends(last_day), min(mine)
        years.update(calendar.provisional(clock.on, last_day))
        if first is None or day_ends(last_day) < first[0]:
            first = day_ends(last_day), clock.name
    return Outlook(
        clock=first[1] if first else running,
        due=first[0] if first else None,
        amber=min(ambers, default=None),
        paused=paused,
        frozen=case.last_time if times.importing else None,
        provisional=bool(years),
        acknowledge_due=offered[0],
        acknowledge_amber=offered[1],
    )
