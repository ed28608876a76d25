"""The reference data this service knows, folded from its log and kept current."""

import asyncio
from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING

import structlog

from contracts.reference import CalendarAmended, CalendarPublished
from services.casework.book import Book
from services.casework.calendar import Calendar
from services.runtime import entry
from services.runtime.entry import CASES, Entry
from services.runtime.lately import Kind
from services.runtime.statements import statement
from services.runtime.tide import Tide
from services.runtime.turns import take_turns

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

LOOK_EVERY = 0.5
GATHER = 0.05
"""Seconds between two readings: under load one serves many appends, nearly all of cases."""
BATCH = 2000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """A year published or amended. `recorded` (UTC): when the city wrote it; `read`: when this service had it, which
    shows the new dates from then on; `hash`: of its record."""

    year: int
    reason: str
    recorded: datetime
    read: datetime
    hash: bytes
    pos: int
    before: Calendar
    after: Calendar

    @property
    def version(self) -> str | None:
        """By which each case journals it."""
        return self.after.year(self.year).version


def _beside(kind: Kind) -> bool:
    return not kind.type.startswith(CASES)


class BookKeeper:
    """`book` is the newest reference data; it is small and lives in memory, rebuilt from the log at each start.
    `changes` are those of its calendar, in the order of the log."""

    def __init__(self, pool: "Pool[Record]", tide: Tide) -> None:
        self.book = Book()
        self.known = Tide()
        self.changes: tuple[CalendarChange, ...] = ()
        self._pool = pool
        self._tide = tide
        self._pos = 0
        self._since: datetime | None = None

    async def run(self) -> None:
        """Follow the log for ever."""

        async def turn() -> None:
            if await self.step():
                await asyncio.sleep(GATHER)
            await self._tide.brings(_beside, self.known.pos, LOOK_EVERY, self.known.rise)

        await take_turns("book", turn)

    async def step(self) -> bool:
        """Read what is new; False when nothing was."""
        head = await self._pool.fetchrow(statement("log/head_since"))
        assert head is not None
        upto: int = head["pos"]
        self._tide.rise(upto)
        if head["since"] != self._since:
            # A database that crashed may have forgotten its last copied rows and given their positions to others.
            self._pos, self._since = 0, head["since"]
        if upto <= self._pos:
            return False
        book = self.book if self._pos else Book()
        changes = list(self.changes) if self._pos else []
        pos = self._pos
        while pos < upto:
            found, pos = await entry.beside(self._pool, pos, upto, BATCH)
            for e in found:
                if e.event is not None:
                    before, book = book, book.evolve(e.stream, e.event)
                    if book.calendar is not before.calendar:
                        read = await self._pool.fetchval(statement("log/kept"), e.pos)
                        changes.append(_change(e, read, before.calendar, book.calendar))
        self.book, self.changes, self._pos = book, tuple(changes), pos
        self.known.rise(pos)
        return True

    def as_of(self, at: datetime) -> Book:
        """The book with the calendar that this service had at this instant."""
        known = bisect_right(self.changes, at, key=attrgetter("read"))
        calendar = self.changes[known - 1].after if known else Calendar()
        return replace(self.book, calendar=calendar)

    async def caught_up(self) -> None:
        """Read everything there is before the service begins."""
        while await self.step():
            pass


def _change(e: Entry, read: datetime, before: Calendar, after: Calendar) -> CalendarChange:
    match e.event:
        case CalendarPublished():
            reason = "calendar_published"
        case CalendarAmended():
            reason = "calendar_amended"
        case _:
            raise AssertionError(e.type)
    year = int(e.stream.partition("/")[2])
    return CalendarChange(year, reason, e.recorded, read, e.hash, e.pos, before, after)
