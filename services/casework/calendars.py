"""Publishing the working days of a year, and amending them [82]. Only the city writes the calendar."""

from contracts.reference import CalendarAmended, CalendarPublished, DayMark
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.refusals import forbidden, role_missing, unlawful


def publish_calendar(*, by: Actor, book: Book, calendar: CalendarPublished, root: str) -> list[CalendarPublished]:
    """Publish a year. A provisional one is published again, whole, when the State Council's notice is out; one that is
    not provisional is amended instead. `[]` when it is published with this content.

    Raises Forbidden `role_missing`, `city_only`; Unlawful `calendar_published`, `marks_unfit`, `version_used`.
    """
    _city(by, root)
    _fit(calendar.year, calendar.marks)
    known = book.calendar.years.get(calendar.year)
    if known is not None:
        if known.version == calendar.calendar_version and _same(book, calendar):
            return []
        if not known.provisional:
            raise unlawful("calendar_published", None, year=str(calendar.year))
        if known.version == calendar.calendar_version:
            raise unlawful("version_used", None, version=calendar.calendar_version)
    return [calendar]


def amend_calendar(*, by: Actor, book: Book, year: int, amendment: CalendarAmended, root: str) -> list[CalendarAmended]:
    """Change days of a published year; all others stay. `[]` when this version is the present one with these days.

    Raises Forbidden `role_missing`, `city_only`; Unlawful `calendar_unknown`, `marks_unfit`, `version_used`.
    """
    _city(by, root)
    known = book.calendar.years.get(year)
    if known is None:
        raise unlawful("calendar_unknown", None, year=str(year))
    _fit(year, amendment.marks)
    if not amendment.marks:
        raise unlawful("marks_unfit", None, year=str(year))
    if known.version == amendment.calendar_version:
        if all(_marked(book, mark) for mark in amendment.marks):
            return []
        raise unlawful("version_used", None, version=amendment.calendar_version)
    return [amendment]


def _city(by: Actor, root: str) -> None:
    if "unit_administrator" not in by.roles:
        raise role_missing({"unit_administrator"})
    if by.unit != root:
        raise forbidden("city_only", None, unit=root)


def _fit(year: int, marks: tuple[DayMark, ...]) -> None:
    days = {mark.day for mark in marks}
    if len(days) < len(marks) or any(day.year != year for day in days):
        raise unlawful("marks_unfit", None, year=str(year))


def _same(book: Book, calendar: CalendarPublished) -> bool:
    known = book.calendar.year(calendar.year)
    return known.provisional == calendar.provisional and {
        day: (mark.work, mark.name) for day, mark in known.marks.items()
    } == {mark.day: (mark.work, mark.name) for mark in calendar.marks}


def _marked(book: Book, mark: DayMark) -> bool:
    known = book.calendar.mark(mark.day)
    return known is not None and (known.work, known.name) == (mark.work, mark.name)
