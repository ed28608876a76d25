# pyright: reportMissingImports=false
"""`faststream-outbox` (PyPI) as its own pages show a relay to Kafka: a subscriber of the table with FastStream's Kafka
publisher on top. It drains while the process runs; a row is deleted when Kafka has acknowledged it.

Best of what was tried: 32 workers, 1,000 rows fetched and 100 deleted at once (1, 8, 16, 64 and 200 workers, other
batches, a linger of 5 ms and a bare aiokafka producer in the handler were slower or no faster); asyncpg, uvloop; the
body as it lies there, without models or types; acks=all and idempotent as ours. Several workers give no order among a
stream's rows; one worker, which would, drained less than half as fast.
"""

import asyncio
import os
import sys

import uvloop
from faststream.kafka import KafkaBroker
from faststream_outbox import OutboxBroker, make_outbox_table
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from tests.bench.peers.telling import DSN, versions

WORKERS = 32
FETCHED = 1_000
DELETED = 100
TOPIC = os.environ["PEER_TOPIC"]
"""Of Kafka, and the name of the queue in the table."""


async def relay_all() -> None:
    """Until the standard input ends."""
    metadata = MetaData()
    table = make_outbox_table(metadata, "outbox")
    engine = create_async_engine(DSN.replace("postgresql://", "postgresql+asyncpg://", 1), pool_size=WORKERS + 4)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    kafka = KafkaBroker(
        os.environ["PEER_KAFKA"], acks="all", enable_idempotence=True, max_batch_size=256 * 1024, logger=None
    )
    outbox = OutboxBroker(engine, outbox_table=table, logger=None, apply_types=False)
    told = kafka.publisher(TOPIC)

    @told
    @outbox.subscriber(
        TOPIC,
        max_workers=WORKERS,
        fetch_batch_size=FETCHED,
        terminal_flush_batch_size=DELETED,
        min_fetch_interval=0.01,
        max_fetch_interval=1.0,
        decoder=as_it_is,
    )
    async def relay(body: bytes) -> bytes:
        return body

    await kafka.connect()
    await outbox.start()
    configuration = (
        f"{versions('faststream-outbox', 'faststream', 'aiokafka', 'asyncpg', 'uvloop')}: {WORKERS} workers, "
        f"{FETCHED} rows fetched and {DELETED} deleted at once, acks=all, idempotent, one process"
    )
    print(f'{{"configuration": "{configuration}"}}', flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await outbox.stop()
    await kafka.stop()
    await engine.dispose()


async def as_it_is(message) -> bytes:
    """The row's bytes."""
    return message.body


if __name__ == "__main__":
    uvloop.run(relay_all())
