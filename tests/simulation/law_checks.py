"""What must hold of the law's time, counted day by day, without the functions under test.

Each event is judged once, by what its writer could know: the chain before it, the wall clock, the calendar read.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from contracts.case import (
    AcceptanceDeclined,
    CaseAccepted,
    CaseConcluded,
    CaseDecided,
    CaseResumed,
    CaseSuspended,
    CaseTerminated,
    CaseUrged,
    CaseWithdrawn,
    ConsultationAnswered,
    ConsultationOpened,
    CustodyAssumed,
    DeadlineExtended,
    DeadlineRecomputed,
    HandoverArrived,
    ResultDelivered,
    SupplementReceived,
    SupplementRequested,
)
from services.casework.calendar import Calendar
from services.casework.ledger import ledgers
from services.casework.limits import Light
from services.office.book_keeper import CalendarChange
from tests.simulation.casework import COMMITTED_DAYS, STATUTORY_DAYS, SUPPLY_DAYS, passes
from tests.simulation.clock import ACTOR, book, changes, papers_waiting
from tests.simulation.records import Record
from tests.simulation.world import World

NOTICE_DAYS, DELIVERY_DAYS = 5, 10
EAST = timedelta(hours=8)
ON_THEIR_WAY = timedelta(minutes=10)
ONE = timedelta(days=1)
LEVELS = ("reminder", "yellow", "red")
ENDS = CaseConcluded | CaseWithdrawn | CaseTerminated | AcceptanceDeclined


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that runs: `days` working days after `on`; `since` which instant it does."""

    name: str
    on: date
    since: datetime
    days: int
    pauses: bool = False
    about: str | None = None


@dataclass(slots=True)
class Facts:
    """What a chain says about time."""

    received: datetime
    last: datetime
    asked: datetime | None = None
    complete: datetime | None = None
    """Of the last notice of missing papers; None while papers are owed."""
    brought: dict[str, datetime | None] = field(default_factory=dict[str, datetime | None])
    """Each paper that it named, and when it was first handed in."""
    accepted: datetime | None = None
    accepted_on: date | None = None
    extended: int = 0
    decided: datetime | None = None
    ended: datetime | None = None
    delivered: datetime | None = None
    in_transit: bool = False


def day(at: datetime) -> date:
    return (at + EAST).date()


def begin(of: date) -> datetime:
    return datetime(of.year, of.month, of.day, tzinfo=BOUND.tzinfo) - EAST


class Told:
    """The facts of a prefix of a chain, with what is listed beside them."""

    def __init__(self, chain: list[Record]) -> None:
        self.facts = Facts(chain[0].time, chain[0].time)
        self.suspensions: list[tuple[date, date | None]] = []
        self.paused: list[tuple[datetime, datetime | None]] = []
        self.urges: list[tuple[int, datetime]] = []
        self.journal: list[DeadlineRecomputed] = []
        self.asked: dict[str, Running] = {}
        """By consultation, while it waits for its answer."""
        for record in chain:
            self.add(record)

    def add(self, record: Record) -> None:
        facts, event, at = self.facts, record.event, record.time
        facts.last = at
        match event:
            case SupplementRequested(missing=missing):
                facts.asked, facts.complete = at, None
                facts.brought = {paper.kind: None for paper in missing}
            case SupplementReceived(materials=materials, missing=left, handed_in=said) if facts.complete is None:
                for kind in {material.kind for material in materials} & facts.brought.keys():
                    facts.brought[kind] = min(filter(None, (facts.brought[kind], said or at)))
                facts.complete = None if left else at
            case CaseAccepted(accepted_on=on):
                facts.accepted, facts.accepted_on = at, on
            case CaseSuspended():
                self.suspensions.append((day(at), None))
                self.paused.append((at, None))
            case CaseResumed():
                self.suspensions[-1] = self.suspensions[-1][0], day(at)
                self.paused[-1] = self.paused[-1][0], at
            case DeadlineExtended(days=days):
                facts.extended = days
            case CaseDecided():
                facts.decided = at
                self.asked.clear()
            case ResultDelivered():
                facts.delivered = at
            case CaseUrged(by="clock", level=level):
                self.urges.append((LEVELS.index(level), at))
            case DeadlineRecomputed():
                self.journal.append(event)
            case ConsultationOpened(consultation=code, days=days):
                self.asked[code] = Running("consultation", day(at), at, days, about=code)
            case ConsultationAnswered(consultation=code):
                self.asked.pop(code, None)
            case HandoverArrived() | CustodyAssumed():
                facts.in_transit = False
            case CaseConcluded() | CaseWithdrawn() | CaseTerminated() | AcceptanceDeclined():
                facts.ended = at
                self.asked.clear()
            case _:
                pass
        if passes(record.link):
            facts.in_transit = True

    def running(self) -> Iterator[Running]:
        facts = self.facts
        if facts.accepted is None and facts.ended is None:
            if facts.asked is None:
                yield Running("notice", day(facts.received), facts.received, NOTICE_DAYS)
            elif facts.complete is not None:
                last = max((at for at in facts.brought.values() if at), default=facts.complete)
                yield Running("after_supplement", day(last), facts.complete, NOTICE_DAYS)
            else:
                yield Running("supply", day(facts.asked), facts.asked, SUPPLY_DAYS)
        if facts.accepted and facts.accepted_on and facts.decided is None and facts.ended is None:
            on, since = facts.accepted_on, facts.accepted
            yield Running("statutory", on, since, STATUTORY_DAYS + facts.extended, True)
            yield Running("committed", on, since, COMMITTED_DAYS, True)
        if facts.decided and facts.delivered is None:
            yield Running("delivery", day(facts.decided), facts.decided, DELIVERY_DAYS)
        yield from self.asked.values()

    def reached(self, clock: Running, number: int, calendar: Calendar) -> date | None:
        """The day that is the clock's n-th working day, counted one by one; None while a suspension keeps it away."""
        suspensions = [one for one in self.suspensions if clock.pauses and (one[1] is None or one[1] > clock.on)]
        at, left = clock.on, number
        while left:
            at += ONE
            if any(since < at and (until is None or at <= until) for since, until in suspensions):
                if any(until is None and since < at for since, until in suspensions):
                    return None
                continue
            left -= calendar.is_working(at)
        return at

    def last_day(self, clock: Running, calendar: Calendar) -> date | None:
        """One that a suspension begins on is not over: the day on which the suspension ends is the last one then."""
        last = self.reached(clock, clock.days, calendar)
        for since, until in self.suspensions if clock.pauses else ():
            if last is not None and since == last and (until is None or until > clock.on):
                last = until
        return last

    def moved(self, clock: Running, change: CalendarChange) -> tuple[date | None, date | None]:
        """The last day before and after the change. A suspension that began later hid nothing of what was shown
        between."""
        open_since = self.paused[-1][0] if self.paused and self.paused[-1][1] is None else None
        kept = self.suspensions
        if open_since is not None and change.recorded < open_since:
            self.suspensions = kept[:-1]
        days = self.last_day(clock, change.before), self.last_day(clock, change.after)
        self.suspensions = kept
        return days

    def used(self, clock: Running, calendar: Calendar, upto: date) -> int:
        days, at = 0, clock.on
        while at < upto:
            at += ONE
            paused = clock.pauses and any(
                max(since, clock.on) < at and (until is None or at <= until) for since, until in self.suspensions
            )
            days += not paused and calendar.is_working(at)
        return days

    def lawful(self, calendar: Calendar, now: datetime) -> date | None:
        """The day as of which the law has accepted."""
        for clock in self.running():
            if clock.name in ("notice", "after_supplement"):
                last = self.last_day(clock, calendar)
                if last and now >= begin(last + ONE):
                    return clock.on
        return None

    def due(
        self, calendar: Calendar, now: datetime, handed_in: datetime | None
    ) -> tuple[str, date | str | None] | None:
        """What the law's clock has to write. `handed_in`: the first papers that wait for a clerk."""
        if self.facts.in_transit:
            return None
        if lawful := self.lawful(calendar, now):
            return "accepted", lawful
        level = -1
        for clock in self.running():
            last = self.last_day(clock, calendar)
            if clock.name == "supply":
                over = last and begin(last + ONE)
                if over and now >= over + ON_THEIR_WAY and (handed_in is None or handed_in >= over):
                    return "terminated", None
                continue
            if clock.name == "consultation":
                continue  # who is asked sees a light; nobody is urged
            amber = self.reached(clock, -(-clock.days * 3 // 4), calendar)
            instants = [begin(amber) if amber else None]
            instants += [begin(last), begin(last + ONE)] if last else []
            passed = [(n, at) for n, at in enumerate(instants) if at is not None and at <= now]
            if passed and not any(rank >= passed[-1][0] and at >= passed[-1][1] for rank, at in self.urges):
                level = max(level, passed[-1][0])
        return ("urged", LEVELS[level]) if level >= 0 else None


BEYOND = datetime.fromisoformat("9000-01-01T00:00:00+00:00")
BOUND = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


def of_chain(world: World, chain: list[Record]) -> str | None:
    """The first event, not judged yet, that the law does not allow."""
    fresh = bisect_left(chain, 1, key=lambda record: record.link.hash not in world.judged)
    if fresh == len(chain):
        return None
    told = Told(chain[: fresh or 1])
    for number in range(fresh or 1, len(chain)):
        record = chain[number]
        if record.time < told.facts.last and record.link.hash not in world.forged:
            return f"event {number + 1}: time goes back"
        if record.link.hash in world.known and (wrong := _judge(world, told, record)):
            return f"event {number + 1}: {wrong}"
        told.add(record)
    world.judged.update(record.link.hash for record in chain)
    return None


def _judge(world: World, told: Told, record: Record) -> str | None:
    now, calendar, waiting = world.known[record.link.hash]
    facts, at = told.facts, record.time
    match record.event:
        case CaseAccepted() | CaseTerminated() | CaseUrged() if record.actor == ACTOR:
            return _of_clock(told, record, calendar, now, waiting)
        case SupplementReceived(request=request, handed_in=said):
            was = world.submitted_at[request] if request else None
            asked = facts.asked or facts.received
            if said != (was and sorted((asked, was, at))[1]):
                return f"papers of {was} are said to have been handed in at {said}"
        case CaseAccepted(accepted_on=on, deemed=deemed):
            lawful = told.lawful(calendar, at)
            if facts.accepted or (on, deemed) != (lawful or day(at), lawful is not None):
                return f"accepted on {on}, lawful is {lawful or day(at)}"
        case AcceptanceDeclined() | SupplementRequested():
            if told.lawful(calendar, at) is not None:
                return "asked or declined though the law had accepted"
        case DeadlineRecomputed(clock="acknowledge"):
            # Ours, one day, and only a light: not counted here.
            return None
        case DeadlineRecomputed(calendar=version, clock=name, about=about, old=old, new=new):
            change = world.by_version[version]
            clock = next((clock for clock in told.running() if (clock.name, clock.about) == (name, about)), None)
            if clock is None or facts.in_transit:
                return f"a limit that does not run is recomputed: {name}"
            days = told.moved(clock, change)
            if (old, new) != days or old == new:
                return f"{name} is said to move from {old} to {new}, but moved from {days[0]} to {days[1]}"
            if any((e.calendar, e.clock, e.about) == (version, name, about) for e in told.journal):
                return f"{name} is journalled twice for one change"
        case _:
            pass
    return None


def _of_clock(told: Told, record: Record, calendar: Calendar, now: datetime, waiting: datetime | None) -> str | None:
    match record.event:
        case CaseAccepted(accepted_on=on, deemed=True):
            written: tuple[str, date | str | None] = "accepted", on
        case CaseTerminated(ground="supplement_not_provided"):
            written = "terminated", None
        case CaseUrged(level=level):
            written = "urged", level
        case _:
            return "an act that is not the clock's"
    due = told.due(calendar, now, waiting)
    return None if written == due else f"the clock writes {written}, due is {due}"


def at_rest(world: World, case: str) -> str | None:
    """What is due is done, every date that a calendar moved is journalled, and the ledger says what the light says."""
    chain = next(live for service in world.services if (live := service.db.chain(case)))
    service = world.hosts[chain[-1].link.holder]
    told, calendar = Told(chain), book(service).calendar
    if due := told.due(calendar, service.now, papers_waiting(service, case)):
        return f"the clock has left undone: {due}"
    return _journal(world, chain, changes(service)) or _ledger(world, case, told)


def _journal(world: World, chain: list[Record], known: list[CalendarChange]) -> str | None:
    """Whatever limit runs that a change of the calendar moved, when it was first known to who wrote the next event,
    has that change in its journal: unless the limit began after the change was recorded. Where a suspension had taken
    the date away, it is the resumption that tells what moved; where another one began since, nothing is asked."""
    full = Told(chain)
    running = {(clock.name, clock.about): clock for clock in full.running()}
    for number, change in enumerate(known):
        aware = {id(later.after) for later in known[number:]}
        upto = next((n for n, record in enumerate(chain) if id(_read(world, record)) in aware), len(chain))
        hidden = [until for since, until in full.paused if since <= change.recorded < (until or BEYOND)]
        if hidden:
            resumed = next((n for n, record in enumerate(chain) if record.time == hidden[0]), len(chain) - 1)
            upto = max(upto, resumed + 1)
        told = Told(chain[: upto or 1])
        for clock in told.running():
            same = running.get((clock.name, clock.about))
            if same is None or same.since != clock.since or clock.since >= change.recorded:
                continue
            if clock.pauses and full.suspensions != told.suspensions:
                continue
            moved = told.moved(clock, change)
            version = next(name for name, one in world.by_version.items() if one is change)
            of = version, clock.name, clock.about
            said = any((entry.calendar, entry.clock, entry.about) == of for entry in full.journal)
            if moved[0] != moved[1] and None not in moved and not said:
                return f"{clock.name} moved from {moved[0]} to {moved[1]} and no event says so"
    return None


def _read(world: World, record: Record) -> Calendar | None:
    known = world.known.get(record.link.hash)
    return known and known[1]


def _ledger(world: World, case: str, told: Told) -> str | None:
    """Of the copy of the holder: the days counted in the ledger are those counted here, and make the light."""
    chain = next(live for service in world.services if (live := service.db.chain(case)))
    service = world.hosts[chain[-1].link.holder]
    state, known, now = service.case(case), book(service), service.now
    running = {(clock.name, clock.about): clock for clock in told.running()}
    for found in ledgers(state.times, known, now):
        limit = found.limit
        counted = sum(entry.number is not None for entry in found.days)
        if counted != limit.used or counted != sum(share.days for share in found.shares):
            return f"the ledger of {limit.clock} adds up to {counted}, the limit says {limit.used}"
        clock = running.get((limit.clock, limit.about))
        if limit.stopped is None and clock is not None:
            used = told.used(clock, known.calendar, day(now))
            if used != counted or limit.last_day != told.last_day(clock, known.calendar):
                return f"{limit.clock}: {counted} days used, last day {limit.last_day}; counted one by one {used}"
            light = _light(clock, used, limit.last_day, now)
            if light is not None and limit.light is not light:
                return f"{limit.clock} is {limit.light}, with {used} of {clock.days} days used it is {light}"
    return None


def _light(clock: Running, used: int, last: date | None, now: datetime) -> Light | None:
    """None while a suspension has taken the last day away."""
    if last is None:
        return None
    if day(now) > last:
        return Light.RED
    return Light.AMBER if used * 4 >= clock.days * 3 or day(now) == last else Light.GREEN
