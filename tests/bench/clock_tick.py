"""A tick of the law's clock that finds nothing due, with a million open cases and with a thousand."""

import contextlib
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from services.office.law_clock import LawClock
from services.office.law_clock import statement as office
from services.runtime.database import MIGRATIONS
from tests.bench.harness import Bench, Figure, Row, Side

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

OFFICE = MIGRATIONS.parents[1] / "office" / "migrations"
MANY, FEW = 1_000_000, 1_000
TICKS = 300
OPEN = """
insert into deadline (stream, seq, holder, clock, due, amber, paused, provisional, wake)
select '340402101-20261123-' || lpad(n::text, 8, '0'), 1, '340402101', 'committed', now() + interval '9 days',
       now() + interval '7 days', false, false, now() + interval '1 day' + n * interval '1 millisecond'
from generate_series(1, $1::integer) n
"""
NOBODY: Any = None
"""What a tick with nothing due does not touch."""


async def _ticks(pool: "Pool[Record]") -> list[float]:
    clock = LawClock(pool, NOBODY, NOBODY, NOBODY, NOBODY, "city.events", lambda: datetime.now(UTC))
    begun = time.perf_counter()
    for _ in range(TICKS):
        assert await clock.tick() == 0
        assert await pool.fetchval(office("next_wake")) is not None
    return [(time.perf_counter() - begun) / TICKS * 1e6]


@contextlib.asynccontextmanager
async def sides(bench: Bench) -> AsyncIterator[tuple[Side, Side]]:
    folders = (MIGRATIONS, OFFICE)
    async with bench.database(folders) as many, bench.database(folders) as few:
        for opened, rows in ((many, MANY), (few, FEW)):
            await opened.pool.execute(OPEN, rows, timeout=300)
            await opened.pool.execute("vacuum analyze deadline", timeout=300)
        yield lambda: _ticks(many.pool), lambda: _ticks(few.pool)


ROW = Row(
    "clock_tick",
    (Figure("tick of the law's clock, nothing due", "the same with 1,000 open cases", "µs", 1.5, "at most"),),
    sides,
)
"""Always a million: that is what it is about."""
