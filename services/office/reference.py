"""Units and the calendar over HTTP: reading everywhere, writing on city and district by casework's rules."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contracts.reference import Appointment, CalendarAmended, CalendarPublished, UnitOpened
from services.casework.book import Book, Unit
from services.casework.calendar import Year
from services.casework.calendars import amend_calendar, publish_calendar
from services.casework.opening import appoint_staff, checklist, inaugurate_unit
from services.casework.reference import open_unit
from services.casework.refusals import unlawful
from services.office.person import person
from services.office.reference_log import ReferenceLog
from services.runtime.keys import anchor_key, sealing_key
from services.runtime.tokens import Actor

Shown = tuple[dict[str, Any], int]


class Reference:
    """Writes reference streams of this service's unit."""

    def __init__(self, log: ReferenceLog, root: str) -> None:
        self._log = log
        self._root = root

    async def open_unit(self, by: Actor, key: str, mac: bytes, unit: UnitOpened) -> tuple[dict[str, Any], int]:
        """The unit as it is in the book, and this log's position. Raises Unlawful `key_unfit` for keys by which nobody
        could seal or check: what is sent to the unit would wait for ever."""
        if not _fit(unit):
            raise unlawful("key_unfit", None, unit=unit.code)
        pos = await self._log.write(
            f"unit/{unit.code}",
            by,
            key,
            mac,
            lambda _: open_unit(by=person(by), book=self._log.book, unit=unit, root=self._root),
        )
        return shown_unit(self._log.book.units[unit.code]), pos

    async def appoint_staff(self, unit: str, by: Actor, key: str, mac: bytes, staff: Sequence[Appointment]) -> Shown:
        """The unit's checklist, and this log's position."""
        pos = await self._log.write(
            f"unit/{unit}",
            by,
            key,
            mac,
            lambda _: appoint_staff(by=person(by), book=self._log.book, unit=unit, staff=staff, root=self._root),
        )
        return shown_opening(self._log.book, unit, self._log.today), pos

    async def inaugurate(self, unit: str, by: Actor, key: str, mac: bytes) -> Shown:
        """The unit's checklist, and this log's position."""
        pos = await self._log.write(
            f"unit/{unit}",
            by,
            key,
            mac,
            lambda at: inaugurate_unit(by=person(by), at=at, book=self._log.book, unit=unit, root=self._root),
        )
        return shown_opening(self._log.book, unit, self._log.today), pos

    async def publish_calendar(
        self, by: Actor, key: str, mac: bytes, calendar: CalendarPublished
    ) -> tuple[dict[str, Any], int]:
        """The year as it is in the book, and this log's position."""
        pos = await self._log.write(
            f"calendar/{calendar.year}",
            by,
            key,
            mac,
            lambda _: publish_calendar(by=person(by), book=self._log.book, calendar=calendar, root=self._root),
        )
        return self._shown_calendar(calendar.year), pos

    async def amend_calendar(
        self, year: int, by: Actor, key: str, mac: bytes, amendment: CalendarAmended
    ) -> tuple[dict[str, Any], int]:
        """The year as it is in the book, and this log's position."""
        pos = await self._log.write(
            f"calendar/{year}",
            by,
            key,
            mac,
            lambda _: amend_calendar(
                by=person(by), book=self._log.book, year=year, amendment=amendment, root=self._root
            ),
        )
        return self._shown_calendar(year), pos

    def _shown_calendar(self, year: int) -> dict[str, Any]:
        return shown_calendar(year, self._log.book.calendar.years[year])


def _fit(unit: UnitOpened) -> bool:
    try:
        anchor_key(unit.anchor_key)
        # Refuses the few points with which every secret is the same.
        X25519PrivateKey.generate().exchange(sealing_key(unit.sealing_key))
    except ValueError:
        return False
    return True


def shown_unit(unit: Unit) -> dict[str, Any]:
    return {
        "code": unit.code,
        "name": unit.name,
        "tier": unit.tier,
        "parent": unit.parent,
        "sealing_key": unit.sealing_key,
        "anchor_key": unit.anchor_key,
        "closed_on": unit.closed_on.isoformat() if unit.closed_on else None,
        "successor": unit.successor,
        "preparing": unit.preparing,
    }


def shown_opening(book: Book, unit: str, today: date) -> dict[str, Any]:
    """The checklist of a unit, and whether it takes cases."""
    checks = checklist(book, unit, today)
    return {
        "unit": unit,
        "preparing": book.units[unit].preparing,
        "open": book.is_open(unit),
        "complete": all(check.done for check in checks),
        "checks": [asdict(check) for check in checks],
    }


def shown_calendar(number: int, year: Year) -> dict[str, Any]:
    """A year: its days that differ from plain weekdays."""
    return {
        "year": number,
        "calendar_version": year.version,
        "provisional": year.provisional,
        "marks": [
            {"day": day.isoformat(), "work": mark.work, "name": mark.name} for day, mark in sorted(year.marks.items())
        ],
    }
