"""Every view of the office built anew from the log, against reading the log out and doing nothing with it."""

import contextlib
import time
from collections.abc import AsyncIterator

from services.office.case_view import CaseView
from services.runtime.database import MIGRATIONS
from services.runtime.rebuild import rebuild
from tests.bench.harness import Bench, Figure, Row, Side
from tests.bench.history import fill

OFFICE = MIGRATIONS.parents[1] / "office" / "migrations"
EVENTS = 1_000_000


async def _drain(chunk: bytes) -> None:
    """Take what comes and do nothing."""


@contextlib.asynccontextmanager
async def sides(bench: Bench) -> AsyncIterator[tuple[Side, Side]]:
    async with bench.database((MIGRATIONS, OFFICE)) as opened:
        events = await fill(opened.pool, int(EVENTS * bench.scale))

        async def ours() -> list[float]:
            begun = time.perf_counter()
            await rebuild(opened.pool, CaseView())
            return [events / (time.perf_counter() - begun)]

        async def reference() -> list[float]:
            async with opened.pool.acquire() as connection:
                begun = time.perf_counter()
                await connection.copy_from_table("log", output=_drain, format="binary")
                return [events / (time.perf_counter() - begun)]

        yield ours, reference


ROW = Row("rebuild", (Figure("rebuild of the view of cases", "binary COPY log TO, drained", "events/s", 0.4),), sides)
