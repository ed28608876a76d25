"""Records copied from Kafka into a log, against a bare upsert of the same rows from memory."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from contracts.inbox import AnyMessage
from contracts.topics import Topics
from services.runtime.host import Host
from services.runtime.kafka_in import MAX_RECORDS, KafkaIn
from services.runtime.kafka_watch import KafkaWatch
from services.runtime.log import COLUMNS, records
from services.runtime.replica import Replica
from services.runtime.tide import Tide
from tests.bench.harness import Bench, Figure, Opened, Row, Side, settled
from tests.bench.history import beside_each_other
from tests.bench.kafka import link, make_topic, send_bare
from tests.bench.receipts import make_plain

if TYPE_CHECKING:
    from services.runtime.companion import Connected

RECORDS = 100_000
SMALLEST = 40_000
GROUPS = itertools.count(1)


class NoMessages:
    """A feed brings none."""

    async def keep(self, connection: "Connected", messages: Sequence[AnyMessage]) -> dict[int, str]:
        return {}


@contextlib.asynccontextmanager
async def sides(bench: Bench) -> AsyncIterator[tuple[Side, Side]]:
    wanted = max(SMALLEST, int(RECORDS * bench.scale))
    host = Host("bench", "portal", frozenset({"portal"}), "340400", Topics("copied."))
    feed = host.topics.feed("township")
    await make_topic(bench, feed)
    drafts = list(itertools.islice(beside_each_other(), wanted))
    await send_bare(bench, feed, [d.stream for d in drafts], [d.rows[0].value for d in drafts])
    rows = records(0, drafts)
    upsert = _upsert()

    async def ours() -> list[float]:
        async with bench.database() as opened:
            return [await copied(bench, opened, host, feed, wanted)]

    async def reference() -> list[float]:
        async with bench.database() as opened:
            await make_plain(opened.pool)
            batches = [list(zip(*rows[at : at + MAX_RECORDS], strict=True)) for at in range(0, wanted, MAX_RECORDS)]
            settled()
            async with opened.pool.acquire() as connection:
                begun = time.perf_counter()
                for batch in batches:
                    await connection.execute(upsert, *batch)
                return [wanted / (time.perf_counter() - begun)]

    yield ours, reference


async def copied(bench: Bench, opened: Opened, host: Host, feed: str, wanted: int) -> float:
    """Records a second, of so many new ones in this feed, from the first batch on."""
    tide = Tide()
    tide.rise(await opened.pool.fetchval("select pos from log_head"))
    first = tide.pos
    replica = Replica(opened.pool, tide, host, NoMessages())
    reading = KafkaIn(link(bench), f"bench-{next(GROUPS)}", [feed], replica, _prepared, KafkaWatch(link(bench)))
    settled()
    running = asyncio.ensure_future(reading.run())
    try:
        if not await tide.past(first, 60):
            raise RuntimeError("the replica takes nothing")
        begun, before = time.perf_counter(), tide.pos
        if not await tide.reach(first + wanted, 120):
            raise RuntimeError(f"the replica stands at {tide.pos - first} of {wanted}")
        return (first + wanted - before) / (time.perf_counter() - begun)
    finally:
        running.cancel()
        await asyncio.wait([running])


TYPES = {
    "pos": "bigint", "seq": "integer", "epoch": "integer", "term": "integer", "time": "timestamptz",
    "recorded": "timestamptz", "command": "bytea", "value": "bytea", "prev": "bytea", "hash": "bytea", "mac": "bytea",
}  # fmt: skip
"""Of the log's columns; all others are text."""


def _upsert() -> str:
    arrays = ", ".join(f"${n}::{TYPES.get(name, 'text')}[]" for n, name in enumerate(COLUMNS, 1))
    names = ", ".join(COLUMNS)
    return f"insert into plain ({names}) select * from unnest({arrays}) on conflict (stream, hash) do nothing"


async def _prepared() -> None:
    """The topic is there."""


ROW = Row("replica", (Figure("replica", "bare multi-row upsert", "events/s", 0.65),), sides, needs_kafka=True)
