"""The board read once for everybody who looks at the same moment."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from services.office.book_keeper import BookKeeper
from services.portal import board
from services.portal.board import Board
from services.runtime.tide import Tide

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool


class Boards:
    """Of one process. Hundreds of screens that refresh on one event cost one reading."""

    def __init__(
        self,
        pool: "Pool[Record]",
        keeper: BookKeeper,
        shown: Tide,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool = pool
        self._keeper = keeper
        self._shown = shown
        self._clock = clock
        self._one = asyncio.Lock()
        self._last: Board | None = None

    async def now(self) -> Board:
        """The board as the view shows it at this instant."""
        async with self._one:
            last, at = self._last, self._clock()
            if last is None or last.pos < self._shown.pos or last.book is not self._keeper.book:
                last = await board.read(self._pool, self._keeper.book, at)
            self._last = replace(last, at=at)
            return self._last
