"""The board read once for everybody who looks at the same moment."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from services.casework.book import Book
from services.casework.moment import local_day
from services.office.book_keeper import BookKeeper
from services.portal import board
from services.portal.board import Board
from services.runtime.tide import Tide

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool


class Boards:
    """Of one process. Hundreds of screens that refresh on one event cost one reading. `shown`, `timed` and `ordered`
    tell how far the views of cases, of their limits and of supervision orders are; a new day changes lights too."""

    def __init__(
        self,
        pool: "Pool[Record]",
        keeper: BookKeeper,
        shown: Tide,
        timed: Tide,
        ordered: Tide,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool = pool
        self._keeper = keeper
        self._shown = shown
        self._beside = (timed, ordered)
        self._beside_at = (-1, -1)
        self.clock = clock
        self._one = asyncio.Lock()
        self._last: Board | None = None

    @property
    def book(self) -> Book:
        """The newest reference data."""
        return self._keeper.book

    async def now(self) -> Board:
        """The board as the view shows it at this instant."""
        async with self._one:
            last, at = self._last, self.clock()
            beside = tuple(tide.pos for tide in self._beside)
            stale = last is None or last.pos < self._shown.pos or self._beside_at != beside
            if last is None or stale or last.book is not self._keeper.book or local_day(last.at) != local_day(at):
                last = await board.read(self._pool, self._keeper.book, at)
                self._beside_at = beside
            self._last = replace(last, at=at)
            return self._last
