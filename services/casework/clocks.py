"""Which clocks a case has, from its times and its item: what starts each, how long it runs, what stops it, which law.

One function a clock, in the order of a case's life. How many days are used is counted in `limits`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from contracts.case import Limit
from services.casework.book import RANK, Book, ItemVersion
from services.casework.moment import local_day
from services.casework.times import Stay, Taken, Times

ClockName = Literal[
    "forward",
    "acknowledge",
    "notice",
    "after_supplement",
    "supply",
    "preliminary_review",
    "statutory",
    "committed",
    "step",
    "consultation",
    "hearing",
    "delivery",
]
Basis = Literal["law_32", "law_42", "law_43", "law_44", "law_47", "item", "promise", "ours"]

NOTICE_DAYS = 5
"""To tell what is missing [32(4)]; after it the application is deemed accepted."""
FORWARD_DAYS = 1
ACKNOWLEDGE_DAYS = 1
REVIEW_DAYS = 20
"""The lower body's examination [43]."""
HEARING_DAYS = 20
"""From the request to the hearing [47]."""
DELIVERY_DAYS = 10
"""From the decision to the applicant [44]."""


@dataclass(frozen=True, slots=True)
class Clock:
    """`days` working days after the day `on`, extension included. `since`: the instant from which the clock is known,
    on a later day when what began the clock was written down later. `stopped`: when it did what it waits for, or the
    case ended. `whose`: who answers for all of it, None when it is each day's custodian. `about`: the unit, step or
    consultation. `pauses`: suspensions count out."""

    name: ClockName
    basis: Basis
    on: date
    since: datetime
    days: int
    stopped: datetime | None = None
    extended: int = 0
    whose: str | None = None
    about: str | None = None
    pauses: bool = False


def clocks(times: Times, book: Book) -> list[Clock]:
    """All clocks that started, running or stopped; empty while the item's version is not in the book."""
    item = book.item(times.item, times.item_version)
    if item is None:
        return []
    return [
        *_forward(times, item, book),
        *_acknowledge(times),
        *_notice(times, item, book),
        *_after_supplement(times, item, book),
        *_supply(times, item),
        *_decision(times, item, book),
        *_steps(times, item),
        *_consultations(times),
        *_hearing(times),
        *_delivery(times),
    ]


def limits_of(item: ItemVersion) -> tuple[Limit, ...]:
    """What begins with the acceptance, in working days."""
    return (
        Limit(clock="statutory", days=item.statutory_days),
        Limit(clock="committed", days=item.committed_days),
    )


def _agent(unit: str, item: ItemVersion, book: Book) -> bool:
    return book.point(unit, item) == "agent"


def _first(*instants: datetime | None) -> datetime | None:
    earliest: datetime | None = None
    for instant in instants:
        if instant is not None and (earliest is None or instant < earliest):
            earliest = instant
    return earliest


def _taken_at(times: Times) -> datetime | None:
    return times.taken.at if times.taken else None


def _forward(times: Times, item: ItemVersion, book: Book) -> Iterator[Clock]:
    """An agent point passes on within a day what it received (ours): from the receipt, from a return to it, and when
    papers were missing from the day they were handed in."""
    over = _first(_taken_at(times), times.ended)
    for stay in times.stays:
        if stay.arrived is None or not _agent(stay.unit, item, book) or (over and over <= stay.arrived):
            continue
        asked = [r for r in times.rounds if stay.left is None or r.asked < stay.left]
        owed = [r for r in asked if r.complete is None or r.complete > stay.arrived]
        since, handed_in = (owed[-1].complete, owed[-1].handed_in) if owed else (stay.arrived, stay.arrived)
        if since is None or handed_in is None or (stay.left is not None and since >= stay.left):
            continue
        on = local_day(max(handed_in, stay.arrived))
        stopped = _first(stay.left, over)
        yield Clock("forward", "ours", on, since, FORWARD_DAYS, stopped, whose=stay.unit, about=stay.unit)


def _acknowledge(times: Times) -> Iterator[Clock]:
    """A person takes an offered case or refuses it within a day of its arrival (ours). In transit nothing runs."""
    for stay in times.stays:
        if stay.offered and stay.arrived is not None:
            stopped = _first(stay.acknowledged, stay.left, times.ended)
            yield Clock(
                "acknowledge",
                "ours",
                local_day(stay.arrived),
                stay.arrived,
                ACKNOWLEDGE_DAYS,
                stopped,
                whose=stay.unit,
                about=stay.unit,
            )


def _reached(times: Times, item: ItemVersion, book: Book) -> datetime | None:
    """When the application reached an office that accepts: the receipt, behind an agent point the arrival at the
    first unit that accepts and took the referral up. A case reopened before acceptance is received again then."""
    if times.reopened is not None:
        return times.reopened
    found = (s.arrived for s in times.stays if s.arrived and not s.undone and not _agent(s.unit, item, book))
    return next(found, None)


def _notice(times: Times, item: ItemVersion, book: Book) -> Iterator[Clock]:
    """Missing papers are told within five working days, else the application counts as accepted on the day it came
    [32(4)]. What an agent point asked for and the applicant still owes need not be told again."""
    reached = _reached(times, item, book)
    taken = _taken_at(times)
    if reached is None or (times.reopened is not None and taken is not None):
        return
    told = next((max(r.asked, reached) for r in times.rounds if r.complete is None or r.complete >= reached), None)
    stopped = _first(told, taken, times.ended)
    yield Clock("notice", "law_32", local_day(reached), reached, NOTICE_DAYS, stopped)


def _after_supplement(times: Times, item: ItemVersion, book: Book) -> Iterator[Clock]:
    """All asked for is in: only acceptance is lawful [32(5)], within the same five days (ours), from the day on which
    the last of it was handed in, whenever a clerk wrote that down. A partial supplement starts nothing: the applicant
    still owes the rest. Behind an agent point the office's own clock begins with the arrival."""
    reached = _reached(times, item, book)
    for i, round_ in enumerate(times.rounds):
        since, handed_in = round_.complete, round_.handed_in
        if reached is None or since is None or handed_in is None or since < reached:
            continue
        on = local_day(max(handed_in, reached))
        again = times.rounds[i + 1].asked if i + 1 < len(times.rounds) else None
        stopped = _first(again, _taken_at(times), times.ended)
        yield Clock("after_supplement", "law_32", on, since, NOTICE_DAYS, stopped)


def _supply(times: Times, item: ItemVersion) -> Iterator[Clock]:
    """The applicant's time to bring what is missing; charged to no office. It ends when the last of it is handed in. A
    later notice begins it anew."""
    for i, round_ in enumerate(times.rounds):
        again = times.rounds[i + 1].asked if i + 1 < len(times.rounds) else None
        stopped = _first(round_.handed_in, again, _taken_at(times), times.ended)
        on = local_day(round_.asked)
        yield Clock("supply", "item", on, round_.asked, item.supplement_days, stopped, whose="applicant")


def _decision(times: Times, item: ItemVersion, book: Book) -> Iterator[Clock]:
    """The lower body's review [43], the law's limit [42] and the office's own promise.

    Review and promise run from acceptance; the law's limit too, but after a preliminary review from the day that
    opinion and papers are at the deciding body. An extension [42] moves the law's limit alone: what the office
    promised stays promised. Reopened, the law's limit and the promise run anew from that day.
    """
    taken = times.taken
    if taken is None:
        return
    said: dict[str, int] = {limit.clock: limit.days for limit in taken.limits}
    over = _first(times.decided, times.ended)
    on, first, since = _within(taken.on, times, taken), _within(taken.first, times, taken), taken.at
    statutory: tuple[date, datetime] | None = on, since
    if times.reopened is not None and times.reopened > taken.at:
        on = first = local_day(times.reopened)
        since = times.reopened
        statutory = on, since
    elif item.route.reviews is not None:
        opinion = _deciding(times, item, book, on, opinion=True)
        if opinion or _below(taken.unit, item, book):
            deciding = opinion or _deciding(times, item, book, on, opinion=False)
            days = said.get("preliminary_review", REVIEW_DAYS)
            stopped = _first(deciding.since if deciding else None, over)
            yield Clock("preliminary_review", "law_43", on, since, days, stopped, pauses=True)
            if opinion:
                statutory = (local_day(opinion.arrived), opinion.arrived) if opinion.arrived else None
            elif deciding is None:
                statutory = None
    if statutory is not None:
        extended = times.extension.days if times.extension else 0
        days = said.get("statutory", item.statutory_days) + extended
        yield Clock("statutory", "law_42", *statutory, days, over, extended=extended, pauses=True)
    yield Clock("committed", "promise", first, since, said.get("committed", item.committed_days), over, pauses=True)


def _within(on: date, times: Times, taken: Taken) -> date:
    """Another office's record may claim any day; none lies before the receipt or after the record itself."""
    return min(max(on, local_day(times.received)), local_day(taken.at))


def _below(unit: str, item: ItemVersion, book: Book) -> bool:
    tier = book.tier(unit)
    return tier is not None and RANK[tier] < RANK[item.route.decides]


def _deciding(times: Times, item: ItemVersion, book: Book, on: date, *, opinion: bool) -> Stay | None:
    """The last turn of the deciding tier since acceptance that was not refused or recalled; that began with the lower
    body's opinion, or any."""
    for stay in reversed(times.stays):
        tier = book.tier(stay.unit)
        if tier is None or RANK[tier] < RANK[item.route.decides] or stay.undone or local_day(stay.since) < on:
            continue
        if stay.how == "preliminary_review" or not opinion:
            return stay
    return None


def _steps(times: Times, item: ItemVersion) -> Iterator[Clock]:
    """A step that the catalogue gives days."""
    days = {step.code: step.days for step in item.steps}
    for step in times.steps:
        limit = days.get(step.code)
        if limit is not None:
            stopped = _first(step.until, times.ended)
            yield Clock("step", "item", local_day(step.since), step.since, limit, stopped, about=step.code, pauses=True)


def _consultations(times: Times) -> Iterator[Clock]:
    """What another department was asked; charged to whoever is asked. Several run at once."""
    for asked in times.consultations:
        yield Clock(
            "consultation",
            "ours",
            local_day(asked.since),
            asked.since,
            asked.days or 0,
            _first(asked.until, times.ended),
            whose=asked.unit,
            about=asked.code,
        )


def _hearing(times: Times) -> Iterator[Clock]:
    """Whoever asked for a hearing gets it within twenty working days [47], or takes the request back. What suspends the
    decision does not suspend this: the hearing is the very thing that the decision waits for."""
    for asked in times.hearings:
        stopped = _first(asked.until, times.decided, times.ended)
        yield Clock("hearing", "law_47", local_day(asked.since), asked.since, HEARING_DAYS, stopped, about=asked.code)


def _delivery(times: Times) -> Iterator[Clock]:
    """The decision reaches the applicant [44]; a denial too (our promise)."""
    if times.decided is not None:
        on = local_day(times.decided)
        yield Clock("delivery", "law_44", on, times.decided, DELIVERY_DAYS, times.delivered)
