"""Views of the office built anew from the log, against reading the log out and doing nothing with it.

The view of cases is built beside the old one. All views are that, supervision, and what the followers keep that go by
whole cases: limits with what is counted of decided cases, and requests that wait. One after the other in one process,
as `sanji rebuild` and the running service build them.
"""

import contextlib
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from services.office import deadline_check, waiting_check
from services.office.book_keeper import BookKeeper
from services.office.case_fold import CaseFold
from services.office.case_view import CaseView
from services.office.deadlines import Deadlines
from services.office.supervision_view import SupervisionView
from services.office.waiting import Requested
from services.runtime.database import MIGRATIONS
from services.runtime.log import COLUMNS, records
from services.runtime.rebuild import rebuild
from services.runtime.row import Draft
from services.runtime.streams import Streams
from services.runtime.tide import Tide
from tests.bench.harness import Bench, CannotMeasure, Figure, Row, Side, settled
from tests.bench.history import CITY, ITEM, TOWNSHIP, fill
from tests.casework.notices import published
from tests.office.story import item_published
from tests.runtime.logs import rows

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

OFFICE = MIGRATIONS.parents[1] / "office" / "migrations"
EVENTS = 1_000_000
REMEMBERED = 4096
"""Cases that a service keeps in memory."""


async def _drain(chunk: bytes) -> None:
    """Take what comes and do nothing."""


@contextlib.asynccontextmanager
async def sides(bench: Bench) -> AsyncIterator[tuple[Side, Side]]:
    async with bench.database((MIGRATIONS, OFFICE)) as opened:
        pool = opened.pool
        events = await fill(pool, int(EVENTS * bench.scale))
        await _published(pool, events)
        keeper = BookKeeper(pool, Tide())
        await keeper.caught_up()

        async def ours() -> list[float]:
            settled()
            begun = time.perf_counter()
            await rebuild(pool, CaseView())
            cases = time.perf_counter() - begun
            await rebuild(pool, SupervisionView())
            await followed(pool, keeper)
            return [events / cases, events / (time.perf_counter() - begun)]

        async def reference() -> list[float]:
            async with pool.acquire() as connection:
                begun = time.perf_counter()
                await connection.copy_from_table("log", output=_drain, format="binary")
                return [events / (time.perf_counter() - begun)] * 2

        yield ours, reference


async def _published(pool: "Pool[Record]", pos: int) -> None:
    """What limits are derived from, after the last event of the log."""
    streams = {f"item/{ITEM}": item_published(ITEM), "calendar/2026": published(2026)}
    drafts: list[Draft] = []
    for stream, event in streams.items():
        written = rows(stream, [event], unit=CITY)
        drafts.append(Draft(stream, None, CITY, written[0].command, None, None, written))
    async with pool.acquire() as connection:
        await connection.copy_records_to_table("log", records=records(pos, drafts), columns=COLUMNS)
        await connection.execute("update log_head set pos = $1", pos + len(drafts))


async def followed(pool: "Pool[Record]", keeper: BookKeeper) -> None:
    """What is made anew by the service as it runs: emptied, and followed to the end of the log."""
    await deadline_check.rebuild(pool)
    await waiting_check.rebuild(pool)
    streams, tide = Streams(pool, CaseFold(), remembered=REMEMBERED), Tide()
    deadlines = Deadlines(pool, tide, streams, keeper, frozenset({TOWNSHIP}))
    while await deadlines.step():
        pass
    requested = Requested(pool, tide, streams)
    while await requested.step():
        pass
    if not await pool.fetchval("select exists (select from decided)"):
        raise CannotMeasure("no case that was decided is counted")


AGAINST = "binary COPY log TO, drained"
FIGURES = (
    Figure("rebuild of the view of cases", AGAINST, "events/s", None),
    Figure("rebuild of all views", AGAINST, "events/s", 0.4),
)
ROW = Row("rebuild", FIGURES, sides)
