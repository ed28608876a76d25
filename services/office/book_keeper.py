"""The reference data this service knows, folded from its log and kept current."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from services.casework.book import Book
from services.runtime import entry
from services.runtime.statements import statement
from services.runtime.tide import Tide

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

LOOK_EVERY = 0.5
GATHER = 0.05
"""Seconds between two readings: under load one serves many appends, nearly all of cases."""
BATCH = 2000

log = structlog.get_logger(__name__)


class BookKeeper:
    """`book` is the newest reference data; it is small and lives in memory, rebuilt from the log at each start."""

    def __init__(self, pool: "Pool[Record]", tide: Tide) -> None:
        self.book = Book()
        self.known = Tide()
        self._pool = pool
        self._tide = tide
        self._pos = 0
        self._since: datetime | None = None

    async def run(self) -> None:
        """Follow the log for ever."""
        wait = 0.1
        while True:
            try:
                if await self.step():
                    await asyncio.sleep(GATHER)
                await self._tide.past(self.known.pos, LOOK_EVERY)
                wait = 0.1
            except Exception as error:
                log.warning("book_waits", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)

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
        pos = self._pos
        while pos < upto:
            found, pos = await entry.beside(self._pool, pos, upto, BATCH)
            for e in found:
                if e.event is not None:
                    book = book.evolve(e.stream, e.event)
        self.book, self._pos = book, pos
        self.known.rise(pos)
        return True

    async def caught_up(self) -> None:
        """Read everything there is before the service begins."""
        while await self.step():
            pass
