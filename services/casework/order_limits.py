"""How long a supervision order leaves for its answer, and the light it shows. Derived, never stored: an amended
calendar moves every date at once and touches no row. Never paused: a case that is suspended is accounted for too."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, assert_never

from services.casework.calendar import Calendar
from services.casework.limits import Light, amber_from
from services.casework.moment import day_begins, day_ends, local_day
from services.casework.outlook import light_at
from services.casework.supervision import Order


@dataclass(frozen=True, slots=True)
class OrderLimit:
    """`used` and `left` working days, `left` negative when passed; `due`: the first instant (UTC) that is too late, the
    24:00 of `last_day`. `provisional`: years whose calendar may still move it."""

    last_day: date
    due: datetime
    used: int
    left: int
    light: Light
    provisional: tuple[int, ...]


def order_limit(order: Order, calendar: Calendar, at: datetime) -> OrderLimit:
    """At `at` (UTC); of an answered order as it was when it was answered: green in time, red when late."""
    on, until = local_day(order.at), order.answered_at or at
    last_day = calendar.nth(on, order.days)
    due = day_ends(last_day)
    amber = None if order.answered_at else day_begins(calendar.nth(on, amber_from(order.days)))
    used = calendar.count(on, local_day(until))
    return OrderLimit(
        last_day=last_day,
        due=due,
        used=used,
        left=order.days - used,
        light=light_at(due, amber, False, until),
        provisional=calendar.provisional(on, last_day),
    )


class Given(NamedTuple):
    """The days on which an order was given: after `after`, up to and with `upto`."""

    after: date
    upto: date


EVER = Given(date.min, date.max)


def given_for(light: Light | None, days: int, calendar: Calendar, today: date) -> Given:
    """When open orders of so many working days were given that show this light on this local day: what lets a list be
    asked by light although no light is stored."""
    late = calendar.latest(today - timedelta(days=1), days)
    soon = calendar.latest(today, amber_from(days))
    match light:
        case None:
            return EVER
        case Light.RED:
            return Given(date.min, late)
        case Light.AMBER:
            return Given(late, soon)
        case Light.GREEN:
            return Given(soon, date.max)
        case Light.PAUSED:
            return Given(date.max, date.max)
        case _:
            assert_never(light)
