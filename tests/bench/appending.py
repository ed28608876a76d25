"""So many callers of the log against so many clients of pgbench that insert the same row into the same indexes."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator

from services.runtime.log import Log
from services.runtime.row import Draft
from services.runtime.tide import Tide
from tests.bench.harness import Bench, Side, settled
from tests.bench.receipts import insert_script, make_plain, receipts

SECONDS = 2
PREPARED = {1: 6_000, 256: 80_000}
"""Cases written beforehand for each round: only the appending is measured. A round ends early when they are used up."""


@contextlib.asynccontextmanager
async def callers_against_pgbench(bench: Bench, callers: int, clients: int) -> AsyncIterator[tuple[Side, Side]]:
    async with bench.database() as opened:
        await make_plain(opened.pool)
        script = insert_script(bench.stack.state.folder)
        log = Log(opened.pool, Tide())
        log.open()
        flusher = asyncio.ensure_future(log.run())

        async def ours() -> list[float]:
            return [await append_for(log, deque(receipts(PREPARED[callers])), callers, SECONDS)]

        async def reference() -> list[float]:
            return [await opened.pgbench(script, clients, SECONDS)]

        try:
            yield ours, reference
        finally:
            flusher.cancel()
            await asyncio.wait([flusher])


async def append_for(log: Log, drafts: deque[Draft], callers: int, seconds: float) -> float:
    """Events a second that so many callers append one after the other."""
    settled()
    begun = time.perf_counter()
    until = begun + seconds

    async def caller() -> int:
        done = 0
        while drafts and time.perf_counter() < until:
            await log.append(drafts.popleft())
            done += 1
        return done

    appended = sum(await asyncio.gather(*(caller() for _ in range(callers))))
    return appended / (time.perf_counter() - begun)
