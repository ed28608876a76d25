"""One event a command on a new stream, with the check that it is new: our log against others' event stores.

Each store's own program (`tests/bench/peers`) says which configuration is its best, and why. All are in the same
PostgreSQL, with the same durability, one process each, and write a record of ours.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from functools import partial

from services.runtime.log import Log
from services.runtime.tide import Tide
from tests.bench.against_peers import CALLERS, check, ours_of, row, seconds, theirs_of
from tests.bench.appending import append_for
from tests.bench.harness import Bench, Side
from tests.bench.peers.peer import EMMETT, EVENTSOURCING, MESSAGE_DB, Store, measured
from tests.bench.receipts import receipts

PREPARED = {1: 2_500, 4: 5_000, 16: 12_000, 64: 20_000, 256: 30_000}
"""Cases a second written beforehand. A measurement ends early when they are used up."""
LENGTH = "select count(*) from log"


@contextlib.asynccontextmanager
async def sides(bench: Bench, store: Store) -> AsyncIterator[tuple[Side, Side]]:
    many = seconds(bench)
    event = receipts(1)[0].rows[0].value.decode()
    async with measured(bench, store) as peer, bench.database() as opened:
        log = Log(opened.pool, Tide())
        log.open()
        flusher = asyncio.ensure_future(log.run())

        async def at(callers: int) -> float:
            before = await opened.pool.fetchval(LENGTH)
            drafts = deque(receipts(int(PREPARED[callers] * many)))
            prepared = len(drafts)
            rate = await append_for(log, drafts, callers, many)
            check(prepared - len(drafts), await opened.pool.fetchval(LENGTH) - before)
            return rate

        async def ours() -> list[float]:
            return ours_of([await at(callers) for callers in CALLERS])

        async def reference() -> list[float]:
            return theirs_of([await peer.rate("append", callers, many, event=event) for callers in CALLERS])

        try:
            yield ours, reference
        finally:
            flusher.cancel()
            await asyncio.wait([flusher])


WITH_TARGET = (
    row("append", EMMETT, 10.0, partial(sides, store=EMMETT)),
    row("append", EVENTSOURCING, 40.0, partial(sides, store=EVENTSOURCING)),
)
ROWS = (*WITH_TARGET, row("append", MESSAGE_DB, None, partial(sides, store=MESSAGE_DB)))
