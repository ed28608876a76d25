"""Units and items over HTTP: reading everywhere, writing on city and district through casework's rules."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contracts.envelope import command_id
from contracts.events import Event
from contracts.reference import CalendarAmended, CalendarPublished, ItemPublished, UnitOpened
from services.casework.book import Item, Unit
from services.casework.calendar import Year
from services.casework.calendars import amend_calendar, publish_calendar
from services.casework.reference import item_key, open_unit, publish_item
from services.casework.refusals import unlawful
from services.office.book_keeper import BookKeeper
from services.office.case_fold import Record, RecordFold
from services.office.cases import person
from services.runtime.commands import Commands, Decided, Order
from services.runtime.fold import Loaded
from services.runtime.keys import anchor_key, sealing_key
from services.runtime.log import Log
from services.runtime.tokens import Actor

E = TypeVar("E", bound=Event)


async def _no_key(stream: str) -> bytes:
    raise LookupError(f"{stream} has no sealed fields")


class Reference:
    """Writes reference streams of this service's unit."""

    def __init__(
        self,
        log: Log,
        keeper: BookKeeper,
        topic: str,
        root: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._keeper = keeper
        self._topic = topic
        self._root = root
        self._clock = clock
        self._commands: Commands[Record] = Commands(log, RecordFold(), _no_key, clock)

    async def open_unit(self, by: Actor, key: str, mac: bytes, unit: UnitOpened) -> tuple[dict[str, Any], int]:
        """The unit as it is in the book, and this log's position. Raises Unlawful `key_unfit` for keys by which nobody
        could seal or check: what is sent to the unit would wait for ever."""
        if not _fit(unit):
            raise unlawful("key_unfit", None, unit=unit.code)
        pos = await self._write(
            f"unit/{unit.code}",
            by,
            key,
            mac,
            lambda: open_unit(by=person(by), book=self._keeper.book, unit=unit, root=self._root),
        )
        return shown_unit(self._keeper.book.units[unit.code]), pos

    async def publish_item(self, by: Actor, key: str, mac: bytes, item: ItemPublished) -> tuple[dict[str, Any], int]:
        """The item as it is in the book, and this log's position."""
        stream = f"item/{item_key(item)}"
        pos = await self._write(
            stream, by, key, mac, lambda: publish_item(by=person(by), book=self._keeper.book, item=item)
        )
        return shown_item(self._keeper.book.items[item_key(item)]), pos

    async def publish_calendar(
        self, by: Actor, key: str, mac: bytes, calendar: CalendarPublished
    ) -> tuple[dict[str, Any], int]:
        """The year as it is in the book, and this log's position."""
        pos = await self._write(
            f"calendar/{calendar.year}",
            by,
            key,
            mac,
            lambda: publish_calendar(by=person(by), book=self._keeper.book, calendar=calendar, root=self._root),
        )
        return self._shown_calendar(calendar.year), pos

    async def amend_calendar(
        self, year: int, by: Actor, key: str, mac: bytes, amendment: CalendarAmended
    ) -> tuple[dict[str, Any], int]:
        """The year as it is in the book, and this log's position."""
        pos = await self._write(
            f"calendar/{year}",
            by,
            key,
            mac,
            lambda: amend_calendar(
                by=person(by), book=self._keeper.book, year=year, amendment=amendment, root=self._root
            ),
        )
        return self._shown_calendar(year), pos

    def _shown_calendar(self, year: int) -> dict[str, Any]:
        return shown_calendar(year, self._keeper.book.calendar.years[year])

    async def _write(self, stream: str, by: Actor, key: str, mac: bytes, decide: Callable[[], list[Any]]) -> int:
        now = self._clock()

        def decided(_: Loaded[Record] | None) -> Decided:
            return Decided(decide(), now)

        order = Order(stream, by.unit, by.subject, command_id(by.unit, key), mac, self._topic, decided)
        done = await self._commands.perform(order)
        # The book is what the next decision reads, so the answer waits until it has the event.
        await self._keeper.known.reach(done.loaded.pos)
        return done.loaded.pos


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
    }


def shown_item(item: Item) -> dict[str, Any]:
    return {
        "key": item.key,
        "retired_on": item.retired_on.isoformat() if item.retired_on else None,
        **item.newest.model_dump(mode="json", exclude_none=True),
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
