"""The published calendar: which days are worked, and how far it is to the n-th of them."""

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.reference import CalendarAmended, CalendarPublished, DayMark
from services.casework.book import Book
from services.casework.calendar import Calendar, Mark
from tests.casework.notices import CALENDAR, marks, published

DAYS = st.dates(date(2024, 6, 1), date(2027, 6, 30))


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_notices_as_written_here_agree_with_the_packaged_ones(year: int) -> None:
    day = date(year, 1, 1)
    while day.year == year:
        assert CALENDAR.is_working(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_a_make_up_saturday_is_worked_and_a_holiday_is_not() -> None:
    assert CALENDAR.is_working(date(2026, 2, 14))
    assert CALENDAR.mark(date(2026, 2, 14)) == Mark(True, "春节")
    assert not CALENDAR.is_working(date(2026, 2, 17))
    assert CALENDAR.mark(date(2026, 3, 7)) is None
    assert not CALENDAR.is_working(date(2026, 3, 7))


def test_a_year_that_nobody_published_has_weekends_only_and_says_so() -> None:
    assert CALENDAR.is_working(date(2027, 1, 1))
    assert not CALENDAR.is_working(date(2027, 1, 2))
    assert CALENDAR.provisional(date(2025, 12, 1), date(2027, 1, 1)) == (2027,)
    assert CALENDAR.versions(date(2025, 12, 1), date(2027, 1, 1)) == ("2025-1", "2026-1")


def test_a_year_published_before_its_notice_is_provisional_until_it_is_published_again() -> None:
    guess = CalendarPublished(year=2027, calendar_version="2027-0", marks=(), source="-", provisional=True)
    guessed = CALENDAR.publish(guess)
    assert guessed.provisional(date(2027, 1, 1), date(2027, 1, 1)) == (2027,)
    known = guessed.publish(CalendarPublished(year=2027, calendar_version="2027-1", marks=(), source="-"))
    assert known.provisional(date(2027, 1, 1), date(2027, 1, 1)) == ()


def test_an_amendment_changes_the_days_it_names_and_leaves_the_rest() -> None:
    amended = CALENDAR.amend(2026, amendment(DayMark(day=date(2026, 3, 4), work=False, name="停工")))
    assert not amended.is_working(date(2026, 3, 4))
    assert not amended.is_working(date(2026, 2, 17))
    assert amended.versions(date(2026, 1, 1), date(2026, 1, 1)) == ("2026-2",)
    back = amended.amend(2026, amendment(DayMark(day=date(2026, 3, 4), work=True, name="恢复")))
    assert back.is_working(date(2026, 3, 4))
    assert CALENDAR.is_working(date(2026, 3, 4))


def test_an_amendment_of_a_year_that_is_not_published_changes_nothing() -> None:
    assert CALENDAR.amend(2027, amendment()) is CALENDAR


def test_the_book_keeps_the_calendar() -> None:
    book = Book().evolve("calendar/2025", published(2025)).evolve("calendar/2026", published(2026))
    assert book.calendar == CALENDAR
    mark = DayMark(day=date(2026, 3, 4), work=False, name="停工")
    assert not book.evolve("calendar/2026", amendment(mark)).calendar.is_working(mark.day)
    assert book.evolve("calendar/spring", amendment(mark)).calendar == CALENDAR


def test_marks_of_another_year_do_not_count() -> None:
    calendar = Calendar().publish(
        CalendarPublished(year=2026, calendar_version="1", marks=marks(2025), source="-"),
    )
    assert calendar.year(2026).marks == {}


@given(DAYS, st.integers(1, 300))
def test_the_nth_working_day_is_found_as_if_one_counted_on_the_fingers(day: date, n: int) -> None:
    found, counted = day, 0
    while counted < n:
        found += timedelta(days=1)
        counted += CALENDAR.is_working(found)
    assert CALENDAR.nth(day, n) == found
    assert CALENDAR.count(day, found) == n
    assert CALENDAR.count(found, day) == 0


def test_the_day_itself_does_not_count() -> None:
    assert CALENDAR.nth(date(2026, 3, 2), 0) == date(2026, 3, 2)
    assert CALENDAR.count(date(2026, 3, 2), date(2026, 3, 2)) == 0


def amendment(*changed: DayMark) -> CalendarAmended:
    return CalendarAmended(calendar_version="2026-2", marks=changed, reason="市政府通知")
