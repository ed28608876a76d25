"""The log drained into Kafka, against a bare producer that sends the same bytes from memory."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from contracts.topics import Topics
from services.runtime.deliveries import Deliveries
from services.runtime.host import Host
from services.runtime.log import COLUMNS, records
from services.runtime.relay import Relay
from services.runtime.tide import Tide
from services.runtime.vault import Vault
from tests.bench.harness import Bench, Figure, Opened, Row, Side, settled
from tests.bench.kafka import link, make_topic, send_bare
from tests.bench.receipts import receipts

ROWS = 100_000
SMALLEST = 40_000
ELSEWHERE = frozenset({"340405999"})
"""The relay's own unit: what is derived for inboxes is not part of the drain."""


@contextlib.asynccontextmanager
async def sides(bench: Bench) -> AsyncIterator[tuple[Side, Side]]:
    rows = max(SMALLEST, int(ROWS * bench.scale))
    host = Host("bench", "township", ELSEWHERE, "340400", Topics(""))
    feed, bare = host.topics.feed("township"), "bare.events"
    await make_topic(bench, feed)
    await make_topic(bench, bare)
    async with bench.database() as opened:

        async def ours() -> list[float]:
            return [await drained(bench, opened, host, rows)]

        async def reference() -> list[float]:
            written = [draft.rows[0] for draft in receipts(rows)]
            settled()
            return [await send_bare(bench, bare, [row.stream for row in written], [row.value for row in written])]

        yield ours, reference


async def drained(bench: Bench, opened: Opened, host: Host, rows: int) -> float:
    """Rows a second from their commit to the acknowledgement of the last, by a relay that leads and is idle."""
    tide = Tide()
    deliveries = Deliveries(opened.pool, tide, host, Vault({}), lambda unit: None)
    relay = Relay(opened.pool, opened.dsn, tide, host, link(bench).options(), _announced, deliveries, None)
    head: int = await opened.pool.fetchval("select pos from log_head")
    tide.rise(head)
    running = asyncio.ensure_future(relay.run())
    try:
        while relay.status.cluster is None or relay.acknowledged.pos < head:
            await tide.past(head, 0.1)
        written = records(head, receipts(rows))
        settled()
        async with opened.pool.acquire() as connection, connection.transaction():
            await connection.copy_records_to_table("log", records=written, columns=COLUMNS)
            await connection.execute("update log_head set pos = $1", head + rows)
        begun = time.perf_counter()
        tide.rise(head + rows)
        if not await relay.acknowledged.reach(head + rows, 120):
            raise RuntimeError(f"the relay stands at {relay.status}")
        return rows / (time.perf_counter() - begun)
    finally:
        running.cancel()
        await asyncio.wait([running])


async def _announced(highest: int) -> None:
    """Where a service writes its marker."""


ROW = Row(
    "relay", (Figure("relay, drain", "bare send_batch of the same bytes", "events/s", 0.7),), sides, needs_kafka=True
)
