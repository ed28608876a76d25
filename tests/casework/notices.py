"""The holidays and make-up working days of 2025 and 2026, written down from the State Council's notices
(国务院办公厅关于 2025 年、2026 年部分节假日安排的通知), and the calendars that they make."""

from datetime import date, timedelta

from contracts.case.base import Value
from contracts.reference import CalendarPublished, DayMark
from services.casework.calendar import Calendar


class Holiday(Value):
    """Days off from `first` to `last`; `worked`: the weekend days that are worked for them."""

    name: str
    first: date
    last: date
    worked: tuple[date, ...] = ()


HOLIDAYS = {
    2025: (
        Holiday(name="元旦", first=date(2025, 1, 1), last=date(2025, 1, 1)),
        Holiday(
            name="春节",
            first=date(2025, 1, 28),
            last=date(2025, 2, 4),
            worked=(date(2025, 1, 26), date(2025, 2, 8)),
        ),
        Holiday(name="清明节", first=date(2025, 4, 4), last=date(2025, 4, 6)),
        Holiday(name="劳动节", first=date(2025, 5, 1), last=date(2025, 5, 5), worked=(date(2025, 4, 27),)),
        Holiday(name="端午节", first=date(2025, 5, 31), last=date(2025, 6, 2)),
        Holiday(
            name="国庆节、中秋节",
            first=date(2025, 10, 1),
            last=date(2025, 10, 8),
            worked=(date(2025, 9, 28), date(2025, 10, 11)),
        ),
    ),
    2026: (
        Holiday(name="元旦", first=date(2026, 1, 1), last=date(2026, 1, 3), worked=(date(2026, 1, 4),)),
        Holiday(
            name="春节",
            first=date(2026, 2, 15),
            last=date(2026, 2, 23),
            worked=(date(2026, 2, 14), date(2026, 2, 28)),
        ),
        Holiday(name="清明节", first=date(2026, 4, 4), last=date(2026, 4, 6)),
        Holiday(name="劳动节", first=date(2026, 5, 1), last=date(2026, 5, 5), worked=(date(2026, 5, 9),)),
        Holiday(name="端午节", first=date(2026, 6, 19), last=date(2026, 6, 21)),
        Holiday(name="中秋节", first=date(2026, 9, 25), last=date(2026, 9, 27)),
        Holiday(
            name="国庆节",
            first=date(2026, 10, 1),
            last=date(2026, 10, 7),
            worked=(date(2026, 9, 20), date(2026, 10, 10)),
        ),
    ),
}


def marks(year: int) -> tuple[DayMark, ...]:
    off = [
        DayMark(day=h.first + timedelta(days=n), work=False, name=h.name)
        for h in HOLIDAYS[year]
        for n in range((h.last - h.first).days + 1)
    ]
    worked = [DayMark(day=day, work=True, name=h.name) for h in HOLIDAYS[year] for day in h.worked]
    return tuple(sorted((*off, *worked), key=lambda mark: mark.day))


def published(year: int) -> CalendarPublished:
    return CalendarPublished(year=year, calendar_version=f"{year}-1", marks=marks(year), source="国务院办公厅通知")


CALENDAR = Calendar().publish(published(2025)).publish(published(2026))
"""2024 and 2027 are published by nobody."""
