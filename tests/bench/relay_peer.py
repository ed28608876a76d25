"""The relay against an outbox library of others, each draining as many rows of the same bytes into Kafka.

Its own program (`tests/bench/peers/faststream_relay.py`) says which configuration is its best, and why. It is measured
as ours is: it leads and is idle, the rows are committed, and the time runs until the last is acknowledged, which here
is when its table is empty.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from contracts.topics import Topics
from services.runtime.host import Host
from tests.bench.harness import Bench, CannotMeasure, Figure, Opened, Row, Side, settled
from tests.bench.kafka import ends, make_topic, values_since
from tests.bench.peers.peer import running
from tests.bench.receipts import receipts
from tests.bench.relay import ELSEWHERE, drained

ROWS = 50_000
PATIENCE = 120
TOPIC = "peer.outbox"
"""And the queue's name in its table."""


@contextlib.asynccontextmanager
async def sides(bench: Bench) -> AsyncIterator[tuple[Side, Side]]:
    rows = int(ROWS * bench.scale)
    host = Host("bench", "township", ELSEWHERE, "340400", Topics(""))
    feed = host.topics.feed("township")
    await make_topic(bench, feed)
    await make_topic(bench, TOPIC)
    where = {"PEER_KAFKA": bench.stack.kafka.bootstrap(), "PEER_TOPIC": TOPIC}
    async with (
        bench.database() as opened,
        bench.database((), size=2) as theirs,
        running(bench, "faststream_relay", theirs.dsn, from_npm=False, **where),
    ):

        async def ours() -> list[float]:
            before = await ends(bench, feed)
            rate = await drained(bench, opened, host, rows)
            if (found := len(set(await values_since(bench, feed, before)))) != rows:
                raise CannotMeasure(f"the relay acknowledged {rows} records, {found} are in Kafka")
            return [rate]

        async def reference() -> list[float]:
            before = await ends(bench, TOPIC)
            values = [draft.rows[0].value for draft in receipts(rows)]
            rate = await emptied(theirs, values)
            if missing := len(set(values) - set(await values_since(bench, TOPIC, before))):
                raise CannotMeasure(f"the outbox is empty, but {missing} of {rows} records are not in Kafka")
            return [rate]

        yield ours, reference


async def emptied(theirs: Opened, values: list[bytes]) -> float:
    """Rows a second from their commit until none is left."""
    settled()
    async with theirs.pool.acquire() as connection:
        async with connection.transaction():
            await connection.copy_records_to_table(
                "outbox", records=[(TOPIC, value) for value in values], columns=["queue", "payload"]
            )
            await connection.execute("select pg_notify('outbox_outbox', $1)", TOPIC)
        begun = time.perf_counter()
        while await connection.fetchval("select exists (select from outbox)"):
            if time.perf_counter() - begun > PATIENCE:
                raise CannotMeasure(f"the outbox was not drained within {PATIENCE} s")
            await asyncio.sleep(0.02)
        return len(values) / (time.perf_counter() - begun)


ROW = Row(
    "relay_outbox",
    (Figure("relay, drain, against an outbox", "faststream-outbox", "events/s", None),),
    sides,
    needs_kafka=True,
    peers=True,
)
