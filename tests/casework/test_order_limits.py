"""Until when a supervision order is to be answered, what light it shows, and lists asked by light agree with it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.casework.calendar import FIRST, Calendar
from services.casework.limits import Light
from services.casework.moment import day_begins
from services.casework.order_limits import EVER, given_for, order_limit
from services.casework.supervision import Order
from tests.casework.dated import instant
from tests.casework.notices import published

CALENDAR = Calendar().publish(published(2025)).publish(published(2026))
DAYS = st.dates(date(2025, 1, 10), date(2026, 11, 30))


def order(at: datetime, days: int, answered_at: datetime | None = None) -> Order:
    answered = "a" * 32 if answered_at else None
    return Order(
        "supervision/s-1", "340402-20260302-0001", "340400", "340402", "overdue", days, at, answered, answered_at
    )


@pytest.mark.parametrize(
    ("given_at", "days", "at", "last_day", "used", "light"),
    [
        # Monday; the day of the order does not count, so two working days end on Wednesday.
        ("2026-03-02 09:00", 2, "2026-03-02 18:00", date(2026, 3, 4), 0, "green"),
        # One of two used is half; the second one is the last day.
        ("2026-03-02 09:00", 2, "2026-03-03 08:00", date(2026, 3, 4), 1, "green"),
        ("2026-03-02 09:00", 2, "2026-03-04 00:00", date(2026, 3, 4), 2, "amber"),
        ("2026-03-02 09:00", 2, "2026-03-04 23:59", date(2026, 3, 4), 2, "amber"),
        ("2026-03-02 09:00", 2, "2026-03-05 00:00", date(2026, 3, 4), 3, "red"),
        # Three quarters of eight are six: Monday to the Tuesday after.
        ("2026-03-02 09:00", 8, "2026-03-09 23:59", date(2026, 3, 12), 5, "green"),
        ("2026-03-02 09:00", 8, "2026-03-10 00:00", date(2026, 3, 12), 6, "amber"),
        # Over a weekend nothing counts.
        ("2026-03-06 16:00", 1, "2026-03-08 12:00", date(2026, 3, 9), 0, "green"),
    ],
)
def test_an_order_is_answered_within_working_days_after_its_own(
    given_at: str, days: int, at: str, last_day: date, used: int, light: str
) -> None:
    limit = order_limit(order(instant(given_at), days), CALENDAR, instant(at))
    assert (limit.last_day, limit.used, limit.left, limit.light.value) == (last_day, used, days - used, light)
    assert limit.due == day_begins(last_day + timedelta(days=1))


def test_an_answered_order_shows_whether_the_answer_was_late_and_nothing_moves_it_any_more() -> None:
    begun, long_after = instant("2026-03-02 09:00"), instant("2026-05-02 09:00")
    for answered, light, used in (("2026-03-03 23:59", Light.GREEN, 1), ("2026-03-04 00:00", Light.RED, 2)):
        limit = order_limit(order(begun, 1, instant(answered)), CALENDAR, long_after)
        assert (limit.light, limit.used) == (light, used)


def test_a_year_that_nobody_published_is_said() -> None:
    assert order_limit(order(instant("2026-12-31 09:00"), 3), CALENDAR, instant("2026-12-31 10:00")).provisional == (
        2027,
    )


@given(on=DAYS, days=st.integers(1, 300), today=DAYS)
def test_an_order_is_in_the_list_of_its_light_and_in_no_other(on: date, days: int, today: date) -> None:
    at = datetime(today.year, today.month, today.day, 4, tzinfo=UTC)
    shown = order_limit(order(day_begins(on) + timedelta(hours=9), days), CALENDAR, at).light
    for light in Light:
        after, upto = given_for(light, days, CALENDAR, today)
        assert (after < on <= upto) == (light is shown)
    assert EVER.after < on <= EVER.upto


@given(day=DAYS, n=st.integers(1, 600))
def test_the_latest_beginning_is_the_last_day_from_which_so_many_days_end_in_time(day: date, n: int) -> None:
    latest = CALENDAR.latest(day, n)
    assert CALENDAR.nth(latest, n) <= day < CALENDAR.nth(latest + timedelta(days=1), n)


def test_before_all_years_there_is_no_beginning() -> None:
    assert CALENDAR.latest(date(FIRST, 1, 5), 300) == date(FIRST, 1, 1)
