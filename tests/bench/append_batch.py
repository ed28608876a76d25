"""A thousand new cases at once, again and again, against COPY of the same rows into the same indexes."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from services.runtime.log import COLUMNS, Log, records
from services.runtime.tide import Tide
from tests.bench.harness import Bench, Figure, Row, Side, settled
from tests.bench.receipts import make_plain, receipts

AT_ONCE = 1_000
BATCHES = 30


@contextlib.asynccontextmanager
async def sides(bench: Bench) -> AsyncIterator[tuple[Side, Side]]:
    async with bench.database() as opened:
        await make_plain(opened.pool)
        log = Log(opened.pool, Tide())
        log.open()
        flusher = asyncio.ensure_future(log.run())
        base = 0

        async def ours() -> list[float]:
            batches = [receipts(AT_ONCE) for _ in range(BATCHES)]
            settled()
            begun = time.perf_counter()
            for batch in batches:
                await asyncio.gather(*map(log.append, batch))
            return [AT_ONCE * BATCHES / (time.perf_counter() - begun)]

        async def reference() -> list[float]:
            nonlocal base
            batches = [records(base + i * AT_ONCE, receipts(AT_ONCE)) for i in range(BATCHES)]
            base += AT_ONCE * BATCHES
            async with opened.pool.acquire() as connection:
                settled()
                begun = time.perf_counter()
                for batch in batches:
                    await connection.copy_records_to_table("plain", records=batch, columns=COLUMNS)
                return [AT_ONCE * BATCHES / (time.perf_counter() - begun)]

        try:
            yield ours, reference
        finally:
            flusher.cancel()
            await asyncio.wait([flusher])


ROW = Row("append_batch", (Figure("append, batches of 1,000", "COPY of the same rows", "events/s", 0.9),), sides)
