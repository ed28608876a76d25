"""The law's clock of a service: two copies, each of which looks, and a while later writes, or dies in between.

What it writes, and the journal of a changed calendar, is said by the functions of casework (`law`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contracts.case import CaseEvent
from contracts.reference import CalendarAmended, DayMark
from contracts.requests import SupplementSubmitted
from services.casework.book import Book
from services.casework.moment import local_day
from services.office.book_keeper import CalendarChange
from services.runtime.branch import Link, may_write
from services.runtime.custody import is_case
from tests.simulation.casework import BOOK, answered
from tests.simulation.service import Service

CALENDAR = "calendar/2026"
ACTOR = "clock"
SKEW = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a copy has found due, and the event that the case ended with then."""

    case: str
    head: Link
    at: datetime


def changes(service: Service) -> list[CalendarChange]:
    """Of the calendar, as far as this service has read, in their order."""
    found: list[CalendarChange] = []
    world = service.world
    calendar = BOOK.calendar
    for record in service.db.chain(CALENDAR):
        known = world.changes.get(record.link.hash)
        if known is None:
            assert isinstance(record.event, CalendarAmended)
            after = calendar.amend(2026, record.event)
            known = CalendarChange(
                2026,
                "calendar_amended",
                record.time,
                record.time,
                record.link.hash,
                record.link.seq,
                calendar,
                after,
            )
            world.changes[record.link.hash] = known
            world.by_version[record.event.calendar_version] = known
        found.append(known)
        calendar = known.after
    return found


def book(service: Service) -> Book:
    tree, books = service.db.trees.get(CALENDAR), service.world.books
    head = tree.head if tree else None
    if head is None:
        return BOOK
    if head.hash not in books:
        books[head.hash] = replace(BOOK, calendar=changes(service)[-1].after)
    return books[head.hash]


def held(service: Service) -> list[tuple[str, Link]]:
    """Cases that a unit here may write, with their heads."""
    return [
        (stream, tree.head)
        for stream, tree in service.db.trees.items()
        if is_case(stream) and tree.head and tree.head.holder in service.units and may_write(tree, tree.head.holder)
    ]


def papers_waiting(service: Service, case: str) -> datetime | None:
    """When the first papers about this case were handed in that have no answer, as far as this service's log tells."""
    chain = service.db.chain(case)
    if not chain or not service.case(case).missing:
        return None
    done = answered(chain)
    requests = (record for stream in service.db.trees if not is_case(stream) for record in service.db.chain(stream))
    papers = [record for record in requests if isinstance(record.event, SupplementSubmitted)]
    waits = (one.time for one in papers if one.asks and one.asks.case == case and one.asks.id not in done)
    return min(waits, default=None)


def tick(service: Service, r: int) -> bool:
    """One of the copies looks at what is due, or writes what it saw."""
    copy = r % 2
    if service.seen[copy] is None:
        service.seen[copy] = _look(service, r >> 2)
        if service.seen[copy] is None or (r >> 1) % 2:
            return service.seen[copy] is not None
    seen = service.seen[copy]
    service.seen[copy] = None
    return seen is not None and _write(service, seen)


def _look(service: Service, r: int) -> Seen | None:
    due = [Seen(case, head, service.now) for case, head in held(service) if _due(service, case, head, service.now)]
    return due[r % len(due)] if due else None


def _due(service: Service, case: str, head: Link, now: datetime) -> bool:
    world, read = service.world, book(service)
    handed_in = papers_waiting(service, case)
    asked = head.hash, id(read), now, handed_in
    if asked in world.idle:
        return False
    found = world.law.clock_acts(service.case(case), read, now, handed_in=handed_in)
    due = bool(_late(service, case, now)) or bool(found)
    if not due:
        world.idle.add(asked)
    return due


def _late(service: Service, case: str, now: datetime) -> list[tuple[CalendarChange, Sequence[CaseEvent]]]:
    """Changes of the calendar that the case was on its way for, and what they say."""
    state, world = service.case(case), service.world
    late = [(change, _moved(service, case, change, now)) for change in world.law.missed(state, changes(service))]
    return [(change, events) for change, events in late if events]


def _moved(service: Service, case: str, change: CalendarChange, now: datetime) -> Sequence[CaseEvent]:
    world = service.world
    then = replace(BOOK, calendar=change.after)
    return world.law.recompute(service.case(case), then, change.before, now, change.reason, changed=change.recorded)


def _write(service: Service, seen: Seen) -> bool:
    """Only what follows the event that was looked at; another copy may have been faster."""
    head = service.db.tree(seen.case).head
    follows = head is not None and head.hash == seen.head.hash
    if head is None or head.holder not in service.units or not (follows or not service.world.on("clock_head")):
        return False
    for change, events in _late(service, seen.case, seen.at):
        return _append(service, seen, f"recompute:{change.hash.hex()}", events, head)
    return _append(service, seen, "clock", _acts(service, seen), head)


def _acts(service: Service, seen: Seen) -> Sequence[CaseEvent]:
    """As the copy saw the case; that is the case as it is, unless the rule is left out."""
    case, handed_in = service.world.states[seen.head.hash], papers_waiting(service, seen.case)
    return service.world.law.clock_acts(case, book(service), seen.at, handed_in=handed_in)


def _append(service: Service, seen: Seen, act: str, events: Sequence[CaseEvent], head: Link) -> bool:
    command = f"{act}:{head.holder}:{seen.head.hash.hex()}:{seen.head.epoch}"
    if command in service.db.commands and service.world.on("clock_head"):
        return False
    for number, event in enumerate(events):
        key = command if not number else ""
        record = service.append(head.holder, seen.case, event, at=seen.at, actor=ACTOR, command=key)
        if record:
            service.world.note(f"{head.holder}: by the clock, {service.world.say(record)} {event}")
    return bool(events)


def recompute(service: Service, r: int) -> bool:
    """Go on with the first change that is not done: one more case that is held here, or the end of it."""
    db = service.db
    for change in changes(service):
        if change.hash in db.recomputed:
            continue
        left = [case for case, _ in held(service) if (change.hash, case) not in db.looked_at]
        if not left:
            db.recomputed.add(change.hash)
            return True
        case = left[r % len(left)]
        db.looked_at.add((change.hash, case))
        head = db.tree(case).head
        assert head is not None
        seen = Seen(case, head, service.now)
        _append(service, seen, f"recompute:{change.hash.hex()}", _moved(service, case, change, service.now), head)
        service.world.changed()
        return True
    return False


def pass_time(service: Service, r: int) -> bool:
    """Hours or a few days go by, for all."""
    hours = 1 + r % 12 if (r >> 8) % 3 == 0 else 24 * (1 + r % 3) - (r >> 8) % 20
    service.world.time += timedelta(hours=hours)
    service.world.note(f"{hours} hours later: {service.world.time:%Y-%m-%d %H:%M}")
    return True


def skew(service: Service, r: int) -> bool:
    """The wall clock of a tier is set, up to two hours wrong."""
    service.skew = SKEW * ((r % 5 - 2) / 2)
    service.world.note(f"the clock of {service.name} is {service.skew} off")
    return True


def amend(service: Service, r: int) -> bool:
    """The city makes a working day of the next weeks free, or the other way round."""
    city = service.world.city
    if not city.speaks:
        return False
    calendar = book(city).calendar
    day = local_day(city.now) + timedelta(days=r % 16)
    version = service.world.fresh_text("2026")
    mark = DayMark(day=day, work=not calendar.is_working(day), name="changed")
    event = CalendarAmended(calendar_version=version, marks=(mark,), reason="notice")
    if city.append(city.units[0], CALENDAR, event, command=version) is None:
        return False
    service.world.note(f"the city amends the calendar: {day} is {'a working day' if mark.work else 'free'}")
    return True
