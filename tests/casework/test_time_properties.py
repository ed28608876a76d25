"""Whatever happens in whatever order: what was shown stays true, and every day is explained."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.case import CaseEvent, ConsultationOpened, DeadlineRecomputed, Material, MissingMaterial
from contracts.events import Event
from contracts.fields import Plain
from contracts.reference import CalendarAmended, DayMark
from services.casework import receipt, referral
from services.casework.case import Case, holder
from services.casework.clocks import clocks
from services.casework.fold import evolve
from services.casework.lapse import clock_acts, next_due, recompute
from services.casework.ledger import ledger
from services.casework.limits import Light, TimeLimit, last_day_of, limits
from services.casework.moment import local_day
from services.casework.outlook import light_at, outlook
from services.casework.refusals import Refusal
from services.casework.table import row
from services.office.book_keeper import CalendarChange
from services.office.deadlines import missed
from services.runtime.fold import Stamp
from tests.casework.dated import BOOK, ITEMS, NUMBERS, as_of, instant, somebody

FROM = instant("2025-12-15 09:00")
"""Two months before the Spring Festival; New Year lies between."""
HEARD_ON = local_day(FROM + timedelta(days=25))
MISSING = tuple(MissingMaterial(kind=kind, reason="wrong") for kind in ("application", "identity"))
PAPERS = tuple(Material(kind=kind, form="copy") for kind in ("application", "identity"))
HAPPENINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "ask": ("request_supplement", {"items": MISSING}),
    "bring": ("receive_supplement", {"materials": PAPERS}),
    "bring some": ("receive_supplement", {"materials": PAPERS[:1]}),
    "register": ("receive_supplement", {"materials": PAPERS}),
    "register some": ("receive_supplement", {"materials": PAPERS[1:]}),
    "accept": ("accept", {}),
    "start": ("start_step", {"step": "drawings"}),
    "complete": ("complete_step", {"step": "drawings", "outcome": "done"}),
    "suspend": ("suspend", {"ground": "testing", "expected_days": 3, "notice": "N-1"}),
    "suspend for hearing": ("suspend", {"ground": "hearing", "expected_days": 15, "notice": "N-2"}),
    "resume": ("resume", {}),
    "extend": ("extend", {"days": 10, "reason": "r"}),
    "to district": ("refer", {"to": NUMBERS["district"], "kind": "forward_up", "reason": "r"}),
    "to city": (
        "refer",
        {"to": NUMBERS["city"], "kind": "preliminary_review", "reason": "r", "opinion": Plain("yes")},
    ),
    "down": ("refer", {"to": NUMBERS["township"], "kind": "assign_down", "reason": "r"}),
    "acknowledge": ("acknowledge", {}),
    "refuse": ("refuse", {"ground": "wrong_area"}),
    "return": ("return", {"to": NUMBERS["township"], "purpose": "correction"}),
    "offer hearing": ("offer_hearing", {"reason": "heavy_interest"}),
    "request hearing": ("request_hearing", {"party": "applicant"}),
    "take hearing back": ("withdraw_hearing_request", {"party": "applicant", "digest": "b" * 64}),
    "waive hearing": ("waive_hearing", {"party": "applicant", "digest": "b" * 64}),
    "announce hearing": ("announce_hearing", {"hold_on": HEARD_ON, "place": "room-1"}),
    "call hearing off": ("call_off_hearing", {"reason": "settled"}),
    "hold hearing": ("hold_hearing", {"held_on": HEARD_ON, "record": "b" * 64}),
    "decide": ("decide", {"outcome": "granted", "without_answer": "urgent"}),
    "decide on the record": ("decide", {"outcome": "granted", "without_answer": "urgent", "hearing": "b" * 64}),
    "reopen": ("reopen", {"ground": "court", "document": "D-1"}),
    "conclude": ("conclude", {"outcome": "issued"}),
    "deliver": ("deliver", {"how": "window"}),
    "withdraw": ("withdraw", {}),
}
WAITED: dict[str, timedelta] = {"register": timedelta(days=9), "register some": timedelta(days=2)}
"""How long papers had waited for a clerk as a request."""
BY_ITSELF = ("arrive", "clock", "consult")
RARE = ("withdraw", "deliver", "conclude", "decide", "decide on the record", "reopen")

happening = st.sampled_from([name for name in (*HAPPENINGS, *BY_ITSELF) if name not in RARE])
line = st.tuples(st.integers(0, 12 * 24), st.one_of(happening, happening, happening, st.sampled_from(RARE)))


@dataclass
class Told:
    """A case, its history, and everything that was shown of it on the way."""

    case: Case
    history: list[tuple[CaseEvent, Stamp]]
    shown: list[tuple[datetime, tuple[TimeLimit, ...]]] = field(default_factory=list[Any])

    def write(self, unit: str, now: datetime, events: Sequence[Event]) -> None:
        for event in events:
            digest = sha256(f"{len(self.history)}".encode()).digest()
            stamp = Stamp(self.case.number, unit, f"p-{unit}", now, digest)
            self.history.append((cast("CaseEvent", event), stamp))
            self.case = evolve(self.case, cast("CaseEvent", event), stamp)

    def limits(self, at: datetime) -> tuple[TimeLimit, ...]:
        return limits(self.case.times, BOOK, at)


def happens(told: Told, what: str, now: datetime) -> None:
    unit = holder(told.case)
    match what:
        case "arrive":
            last = told.case.last_pass
            events = referral.arrive(told.case, unit=unit, pass_hash=last.hash) if last else []
        case "clock":
            events = clock_acts(told.case, BOOK, now)
        case "nothing":
            return
        case "consult":
            asked = ConsultationOpened(
                consultation=f"q{len(told.history)}", department="fire", question=Plain("?"), days=7
            )
            events = [asked]
        case _:
            name, body = HAPPENINGS[what]
            if what in WAITED:
                body = {**body, "handed_in": now - WAITED[what]}
            try:
                events = row(name).act(told.case, by=somebody(unit), at=now, book=BOOK, **body)
            except Refusal:
                return
    told.write(unit, now, events)


def begun(item: str, unit: str) -> Told:
    by = somebody(NUMBERS[unit])
    events = receipt.receive(
        by=by, at=FROM, book=BOOK, item=ITEMS[item], channel="window", applicant=Plain("a citizen")
    )
    stamp = Stamp(receipt.case_number(by.unit, FROM, 1), by.unit, by.subject, FROM, b"0" * 32)
    return Told(evolve(None, events[0], stamp), [(events[0], stamp)])


def steps(told: Told, lines: Sequence[tuple[int, str]]) -> Iterator[tuple[datetime, Case]]:
    """Each instant with the case before what then happens."""
    now = FROM
    for hours, what in lines:
        now += timedelta(hours=hours)
        before = told.case
        yield now, before
        happens(told, what, now)


starts = st.tuples(st.sampled_from(["licence", "forwarded", "reviewed", "at-once", "joint"]), st.just("district"))
anywhere = st.one_of(starts, st.tuples(st.sampled_from(["licence", "forwarded", "at-once"]), st.just("township")))
histories = st.lists(line, min_size=1, max_size=18)
MANY = settings(max_examples=200, deadline=None)


def key(limit: TimeLimit) -> tuple[str, str | None, datetime]:
    return limit.clock, limit.about, limit.started


@MANY
@given(anywhere, histories, st.integers(0, 90))
def test_the_ledger_adds_up_to_the_light(start: tuple[str, str], lines: list[tuple[int, str]], later: int) -> None:
    told = begun(*start)
    for _ in steps(told, lines):
        pass
    for at in (told.case.last_time, told.case.last_time + timedelta(days=later)):
        for clock in clocks(told.case.times, BOOK):
            found = ledger(clock, told.case.times, BOOK, at)
            assert sum(day.number is not None for day in found.days) == found.limit.used
            assert found.shares == found.limit.shares
            assert [day.day for day in found.days] == [clock.on + timedelta(days=n) for n in range(len(found.days))], (
                "no day is left out"
            )
            assert all((day.number is None) == (day.reason in NOT_COUNTED) for day in found.days)


SEVERITY = (Light.RED, Light.AMBER, Light.PAUSED, Light.GREEN)


@MANY
@given(anywhere, histories, st.lists(st.integers(0, 90 * 24), min_size=1, max_size=8))
def test_the_light_on_a_list_is_the_worst_of_the_ledger_at_any_hour(
    start: tuple[str, str], lines: list[tuple[int, str]], later: list[int]
) -> None:
    told = begun(*start)
    for _ in steps(told, lines):
        pass
    seen = outlook(told.case, BOOK)
    for hours in later:
        at = told.case.last_time + timedelta(hours=hours)
        running = [limit.light for limit in limits(told.case.times, BOOK, at) if limit.stopped is None]
        assert (seen.clock is None) == (not running)
        if running:
            worst = min(running, key=SEVERITY.index)
            assert light_at(seen.due, seen.amber, seen.paused, at) == worst
        waits = [one for one in limits(told.case.times, BOOK, at) if one.clock == "acknowledge" and not one.stopped]
        assert [seen.acknowledge_due] == ([one.due for one in waits] or [None])
        for one in waits:
            assert light_at(seen.acknowledge_due, seen.acknowledge_amber, False, at) == one.light


NOT_COUNTED = ("day_of_event", "handed_in", "weekend", "holiday", "suspended")


@MANY
@given(anywhere, histories)
def test_nothing_that_happens_shortens_what_is_used(start: tuple[str, str], lines: list[tuple[int, str]]) -> None:
    """But for the applicant's days: those on which the papers lay with the office were none."""
    told = begun(*start)
    seen: dict[tuple[tuple[str, str | None, datetime], int], int] = {}
    for now, before in steps(told, [*lines, (0, "nothing")]):
        # Before it happened and, one round later, after it. Papers may be asked for twice in one instant.
        begun_then = Counter[tuple[str, str | None, datetime]]()
        for limit in limits(before.times, BOOK, now):
            which = key(limit), begun_then[key(limit)]
            begun_then[key(limit)] += 1
            assert limit.used >= seen.get(which, 0) or returned(limit, before)
            seen[which] = limit.used


@MANY
@given(anywhere, histories)
def test_the_office_s_time_after_papers_begins_between_the_notice_and_the_registration(
    start: tuple[str, str], lines: list[tuple[int, str]]
) -> None:
    told = begun(*start)
    for _ in steps(told, [(0, "ask"), *lines, (1, "ask"), (50, "register some"), (70, "register")]):
        pass
    rounds = [one for one in told.case.times.rounds if one.complete is not None]
    assert all(one.handed_in and one.complete and one.asked <= one.handed_in <= one.complete for one in rounds)
    for clock in clocks(told.case.times, BOOK):
        if clock.name == "after_supplement":
            asked = [local_day(one.asked) for one in rounds if one.complete == clock.since]
            assert any(day <= clock.on <= local_day(clock.since) for day in asked)


def returned(limit: TimeLimit, case: Case) -> bool:
    """The limit of an applicant whose papers had been handed in before they were registered."""
    rounds = [one for one in case.times.rounds if limit.clock == "supply" and one.asked == limit.started]
    return any(one.complete and one.handed_in and one.handed_in < one.complete for one in rounds)


@MANY
@given(anywhere, histories, st.integers(0, 60), st.integers(0, 60))
def test_a_suspension_keeps_what_is_used_and_brings_no_date_nearer(
    start: tuple[str, str], lines: list[tuple[int, str]], after: int, lasts: int
) -> None:
    told = begun(*start)
    for _ in steps(told, [(0, "accept"), *lines]):
        pass
    running = replace(told, history=list(told.history))
    now = told.case.last_time + timedelta(days=after)
    happens(told, "suspend", now)
    if told.case.times.suspended is None or running.case.times.suspended is not None:
        return
    plain = {key(limit): limit for limit in running.limits(now)}
    for limit in told.limits(now):
        assert limit.used == plain[key(limit)].used
        assert limit.last_day is None or limit.last_day == plain[key(limit)].last_day
        assert limit.light is not Light.RED or plain[key(limit)].light is Light.RED
    until = now + timedelta(days=lasts)
    happens(told, "resume", until)
    plain = {key(limit): limit for limit in running.limits(until)}
    for limit in told.limits(until):
        other = plain[key(limit)]
        assert limit.last_day is not None
        assert other.last_day is not None
        assert limit.last_day >= other.last_day
        assert limit.used <= other.used


@MANY
@given(anywhere, histories)
def test_asked_for_a_past_instant_it_answers_what_was_shown_then(
    start: tuple[str, str], lines: list[tuple[int, str]]
) -> None:
    told = begun(*start)
    for now, _ in steps(told, [(hours + 1, what) for hours, what in lines]):
        just_before = now - timedelta(seconds=1)
        told.shown.append((just_before, told.limits(just_before)))
    for at, shown in told.shown:
        then = as_of(told.history, at)
        assert then is not None
        assert limits(then.times, BOOK, at) == shown
    assert as_of(told.history, FROM - timedelta(seconds=1)) is None


@MANY
@given(anywhere, histories, st.lists(st.integers(1, 24 * 90), min_size=1, max_size=6))
def test_no_date_moves_without_an_event_and_no_light_without_the_clock_being_due(
    start: tuple[str, str], lines: list[tuple[int, str]], hours: list[int]
) -> None:
    told = begun(*start)
    for _ in steps(told, lines):
        pass
    at = told.case.last_time
    dates = {key(limit): limit.last_day for limit in told.limits(at)}
    for ahead in sorted(hours):
        later = told.case.last_time + timedelta(hours=ahead)
        assert {key(limit): limit.last_day for limit in told.limits(later)} == dates
        due = next_due(told.case, BOOK, at)
        if due is None or due > later:
            assert [limit.light for limit in told.limits(later)] == [limit.light for limit in told.limits(at)]


waiting = ["suspend", "resume"] * 3 + ["extend", "start", "consult", "to district", "arrive", "acknowledge", "refuse"]
waits = st.lists(st.tuples(st.integers(0, 72), st.sampled_from(waiting)), min_size=2, max_size=10)
days_off = st.integers(1, 45).map(lambda n: local_day(FROM) + timedelta(days=n))


@MANY
@given(anywhere, waits, st.integers(0, 10), days_off)
def test_no_date_moves_by_the_calendar_without_an_event_that_says_so(
    start: tuple[str, str], lines: list[tuple[int, str]], index: int, off: date
) -> None:
    """The calendar is amended after one of the steps. Each limit that ran then says so as soon as it has a day again:
    at once, at the arrival, or when time counts again; and never twice."""
    told, change, said = begun(*start), None, set[tuple[str, str | None, datetime]]()
    for number, (now, _) in enumerate(steps(told, [(0, "accept"), *lines, (1, "nothing")])):
        if number == 1 + index % len(lines):
            change = amended(off, now)
            told.write(holder(told.case), now, journal(told.case, change, now))
        if change is None:
            continue
        if missed(told.case, [change]):
            told.write(holder(told.case), now, journal(told.case, change, now))
            assert journal(told.case, change, now) == []
        case = told.case
        if case.times.custodian is None:
            continue
        book = replace(BOOK, calendar=change.after)
        for clock in clocks(case.times, book):
            which = clock.name, clock.about, clock.since
            days = [last_day_of(clock, case.times, calendar) for calendar in (change.before, change.after)]
            if clock.stopped is None and clock.since < change.read and None not in days and which not in said:
                said.add(which)
                moved = (change.version, clock.name, clock.about) in case.times.recomputed
                assert moved or days[0] == days[1], which
    written = [event for event, _ in told.history if isinstance(event, DeadlineRecomputed)]
    assert all(event.old != event.new for event in written)
    every = Counter((clock.name, clock.about) for clock in clocks(told.case.times, BOOK))
    assert Counter((event.clock, event.about) for event in written) <= every


def amended(off: date, at: datetime) -> CalendarChange:
    mark = DayMark(day=off, work=not BOOK.calendar.is_working(off), name="amended")
    event = CalendarAmended(calendar_version="amended", marks=(mark,), reason="r")
    after = BOOK.calendar.amend(off.year, event)
    return CalendarChange(off.year, "calendar_amended", at, at, b"", 1, BOOK.calendar, after)


def journal(case: Case, change: CalendarChange, now: datetime) -> list[DeadlineRecomputed]:
    """As a service writes it."""
    book = replace(BOOK, calendar=change.after)
    return recompute(case, book, change.before, now, change.reason, changed=change.read)


@MANY
@given(anywhere, histories)
def test_each_act_of_the_clock_is_written_once_and_then_there_is_peace(
    start: tuple[str, str], lines: list[tuple[int, str]]
) -> None:
    told = begun(*start)
    for _ in steps(told, lines):
        pass
    at: datetime = told.case.last_time
    for _ in range(60):
        due = next_due(told.case, BOOK, at)
        if due is None:
            break
        at = max(at, due)
        if events := clock_acts(told.case, BOOK, at):
            told.write(holder(told.case), at, events)
            assert clock_acts(told.case, BOOK, at) != events
    assert next_due(told.case, BOOK, at) is None
    assert clock_acts(told.case, BOOK, at + timedelta(days=400)) == []
