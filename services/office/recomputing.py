"""When the calendar changes, every open limit is looked at again, and what was decided since the first day that changed
is counted again: by pages of cases, beside all other work.

A page is read at once, what moved is journalled on each open case, and how far it is stands in the database, in the
page's own transaction: a restart goes on there, and two copies look at pages in turn.
"""

import asyncio
from typing import TYPE_CHECKING

import structlog

from services.casework.case import holder
from services.office.book_keeper import BookKeeper, CalendarChange
from services.office.deadlines import Deadlines
from services.office.law_clock import LawClock
from services.runtime.commands import Contended, Superseded
from services.runtime.log import WRITING_AWAY, Fenced
from services.runtime.metrics import Metrics
from services.runtime.statements import statements
from services.runtime.turns import take_turns

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

statement = statements(__file__)
log = structlog.get_logger(__name__)
PAGE = 500
AT_ONCE = 16
"""Acts in flight: what people do meanwhile waits for a few of them at most."""
LOOK_EVERY = 5.0


class Recomputing:
    """Of one service. Without `clock`, as on the portal, only its own rows are made anew."""

    def __init__(self, pool: "Pool[Record]", keeper: BookKeeper, deadlines: Deadlines, clock: LawClock | None) -> None:
        self._pool = pool
        self._keeper = keeper
        self._deadlines = deadlines
        self._clock = clock
        self.left = 0
        """Open cases that are not looked at yet."""
        self.to_recount = 0
        """Decided cases that are not counted again yet."""

    def measure(self, metrics: Metrics) -> None:
        metrics.watch("recompute_left", "Open cases whose limits wait for a changed calendar", lambda: self.left)
        metrics.watch("recount_left", "Decided cases counted by the calendar of before", lambda: self.to_recount)

    async def run(self) -> None:
        """For ever: each change of the calendar in its order, once it is in the book."""

        done = 0

        async def turn() -> None:
            nonlocal done
            changes = self._keeper.changes
            if len(changes) < done:
                # The database crashed and forgot its last rows; the book was read anew.
                done = 0
            for change in changes[done:]:
                await self._all(change)
            done = len(changes)
            await self._keeper.known.past(self._keeper.known.pos, LOOK_EVERY)

        await take_turns("recomputing", turn, WRITING_AWAY)

    async def _all(self, change: CalendarChange) -> None:
        # A case whose row is not written yet would be passed over.
        await self._deadlines.shown.reach(change.pos)
        known = await self._pool.fetchrow(statement("recompute_begin"), change.hash, change.year, change.pos)
        assert known is not None
        if known["done"] is not None:
            return
        while await self._page(change):
            pass
        first = change.before.first_change(change.after, change.year)
        if first is not None:  # what was decided before that day stays as late as it was
            await self._pool.execute(statement("recount_begin"), change.hash, first)
            while await self._recount(change):
                pass
        done = await self._pool.fetchrow(statement("recompute_done"), change.hash)
        assert done is not None
        if done["total"] or done["recounted"]:
            log.info(
                "recomputed",
                year=change.year,
                looked=done["looked"],
                moved=done["moved"],
                recounted=done["recounted"],
                why=change.reason,
            )

    async def _page(self, change: CalendarChange) -> bool:
        """Look at the next cases; False when there are none left."""
        async with self._pool.acquire() as connection, connection.transaction():
            # The view's own lock: its rows are written by one at a time.
            await self._deadlines.shown.begin(connection)
            state = await connection.fetchrow(statement("recompute_state"), change.hash)
            assert state is not None
            rows = await connection.fetch(statement("recompute_page"), state["upto"], PAGE)
            if not rows:
                self.left = 0
                return False
            loaded = await self._deadlines.refresh(connection, [row["stream"] for row in rows])
            room = asyncio.Semaphore(AT_ONCE)

            async def one(stream: str) -> bool:
                async with room:
                    case = loaded[stream].state
                    if self._clock is None or case.importing or holder(case) not in self._deadlines.own:
                        return False
                    try:
                        return await self._clock.recompute(loaded[stream], change) is not None
                    except (Contended, Fenced, Superseded) as error:
                        log.info("recompute_overtaken", case=stream, why=type(error).__name__)
                        return False

            moved = sum(await asyncio.gather(*map(one, loaded)))
            await connection.execute(statement("recompute_advance"), change.hash, rows[-1]["stream"], len(rows), moved)
            self.left = max(0, state["total"] - state["looked"] - len(rows))
        return True

    async def _recount(self, change: CalendarChange) -> bool:
        """Write the rows of the next decided cases anew, and what that makes of their counts; False when there are none
        left."""
        async with self._pool.acquire() as connection, connection.transaction():
            await self._deadlines.shown.begin(connection)
            state = await connection.fetchrow(statement("recount_state"), change.hash)
            assert state is not None
            rows = await connection.fetch(statement("decided_page"), state["day"], state["upto"], PAGE)
            if not rows:
                self.to_recount = 0
                return False
            await self._deadlines.refresh(connection, [row["stream"] for row in rows])
            last, many = rows[-1], len(rows)
            await connection.execute(statement("recount_advance"), change.hash, last["day"], last["stream"], many)
        self.to_recount = max(0, state["total"] - state["recounted"] - many)
        return True
