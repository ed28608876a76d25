"""What waits is looked at again: after own appends (protocol I2), and by reading the feeds once more (I5)."""

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from contracts.topics import FEED_PARTITIONS, INBOX_RETENTION_DAYS
from services.runtime.database import DATABASE_AWAY
from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import cluster_id
from services.runtime.lately import Kind
from services.runtime.partition import Partitions
from services.runtime.replica import Replica
from services.runtime.statements import statement
from services.runtime.tide import Tide
from services.runtime.turns import end_if_asked, take_turns
from services.runtime.whole_reading import CannotRead, read_to_end

if TYPE_CHECKING:
    from collections.abc import Collection

log = structlog.get_logger(__name__)
AWAY = (*DATABASE_AWAY, KafkaError, CannotRead)
GATHER = 0.05
"""Seconds between two looks: under load one look serves many appends."""


class LooksAgain:
    """Follows the log: own appends may be what parked events waited for."""

    def __init__(self, replica: Replica, tide: Tide) -> None:
        self._replica = replica
        self._tide = tide
        self._seen = 0

    async def run(self) -> None:
        """One probe of a table that is nearly always empty, each time the log grows."""

        async def turn() -> None:
            await self.look()
            await asyncio.sleep(GATHER)
            await self._tide.brings(_written_here, self._seen, 5.0)

        await take_turns("looks_again", turn)

    async def look(self) -> None:
        upto: int = await self._replica.pool.fetchval(statement("log/head"))
        # A crashed database may have forgotten its last positions and give them out again.
        since = self._seen if upto >= self._seen else 0
        rows = await self._replica.pool.fetch(statement("replica/waiting"), since)
        if rows:
            await self._replica.look_again([row["stream"] for row in rows])
        self._seen = upto


def _written_here(kind: Kind) -> bool:
    return kind.published


class Rereading:
    """Reads the feeds again, from the first record, for the cases that need it, many in one pass.

    A pass that leaves something parked is repeated later and later: what is missing may have been lost (B5).
    """

    def __init__(
        self, replica: Replica, link: KafkaLink, *, every: float = 15.0, parked_for: float = 10.0, at_most: float = 1800
    ) -> None:
        self.passes = 0
        self._replica = replica
        self._link = link
        self._every = every
        self._parked_for = parked_for
        self._at_most = at_most

    async def run(self) -> None:
        wait, before = self._every, frozenset[str]()
        while True:
            await asyncio.sleep(wait)
            try:
                await self._replica.pool.execute(statement("replica/drop_staged"), INBOX_RETENTION_DAYS)
                streams = await self.wanted()
                if streams:
                    await self.read(streams)
            except AWAY as error:
                end_if_asked()
                log.warning("rereading_waits", error=f"{type(error).__name__}: {error}")
                continue
            wait = min(wait * 2, self._at_most) if streams and streams == before else self._every
            before = streams

    async def wanted(self) -> frozenset[str]:
        """None while a restored database reads back what it had said: its own events would look like strangers."""
        rows = await self._replica.pool.fetch(statement("replica/to_reread"), self._parked_for)
        return frozenset(row["stream"] for row in rows)

    async def read(self, streams: "Collection[str]") -> None:
        """One pass over the partitions of these streams in all feeds; what is read is inserted like anything else."""
        replica = self._replica
        since = await replica.pool.fetchval("select clock_timestamp()")
        place = Partitions(FEED_PARTITIONS).place
        partitions, keys = (set(found) for found in zip(*map(place, streams), strict=True))

        def first(at: TopicPartition) -> int | None:
            return 0 if at.partition in partitions else None

        cluster = await cluster_id(self._link)
        reading = read_to_end(self._link, replica.host.topics.feeds, first)
        async with aclosing(reading):
            async for records in reading:
                if wanted := [record for record in records if record.key in keys]:
                    await replica.take(wanted, cluster, keep_offsets=False)
        await replica.pool.execute(statement("replica/reread_done"), list(streams), since)
        self.passes += 1
        log.info("feeds_read_again", streams=len(streams), partitions=len(partitions))
