"""Draining the log into the feeds: read, send, acknowledge, move the checkpoint, all three at once."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from services.runtime.entry import REQUESTS
from services.runtime.lately import Kind
from services.runtime.leadership import Leader
from services.runtime.outbox import CHUNK, Chunk, batches, chunk_of, read_chunk, with_ancestors
from services.runtime.partition import Partitions
from services.runtime.producing import Away, Producer
from services.runtime.statements import statement
from services.runtime.tide import Tide
from services.runtime.turns import end_if_asked

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

log = structlog.get_logger(__name__)
UNACKNOWLEDGED = 2
"""Chunks sent that wait for the checkpoint, besides the one being sent."""
LOOK_EVERY = 0.5
"""Seconds after which the log is looked at although nobody woke us."""
ASK_AGAIN = 5.0
"""Seconds without acknowledgement after which Kafka is asked whether it is still the same."""
KEEP_EVERY = 5.0
"""Seconds between checkpoints while only copied rows go by."""


class ClusterChanged(Exception):
    """Another Kafka answers: nothing that was acknowledged counts there."""


@dataclass(slots=True)
class Progress:
    """What the relay shows. `acknowledged` is a new object when the cluster is another or the database knows less."""

    acknowledged: Tide
    cluster: str | None = None
    sent: int = 0
    problem: str | None = "starting"
    on_the_way: deque[datetime] = field(default_factory=deque[datetime])
    """When the oldest row of each unacknowledged chunk was appended."""


@dataclass(frozen=True, slots=True)
class _Sent:
    upto: int
    chunk: Chunk | None
    acknowledgements: "list[asyncio.Future[object]]"


class Drain:
    """For one leader and one cluster; `run` ends when it was told to stop and the log is published to its end.

    `before` is awaited with each chunk before anything of it is sent: the marker (protocol B2), then the keys of its
    receipts (H2).
    """

    def __init__(
        self,
        pool: "Pool[Record]",
        tide: Tide,
        own: list[str],
        leader: Leader,
        feeds: Producer,
        cluster: str,
        progress: Progress,
        before: Callable[[Chunk], Awaitable[None]],
        stopping: asyncio.Event,
    ) -> None:
        self._pool = pool
        self._tide = tide
        self._own = own
        self._leader = leader
        self._feeds = feeds
        self._cluster = cluster
        self._progress = progress
        self._before = before
        self._stopping = stopping
        self._partitions: dict[str, Partitions] = {}
        self._sent: asyncio.Queue[_Sent | None] = asyncio.Queue(UNACKNOWLEDGED)
        self._kept = 0.0
        self._looked = 0
        """How far the log was filled when it was last looked at."""

    async def run(self) -> None:
        """Raises ClusterChanged, Deposed, and what the producer and the database raise."""
        async with asyncio.TaskGroup() as group:
            acknowledging = group.create_task(self._acknowledge())
            watching = group.create_task(self._watch())
            stopped = group.create_task(self._stopping.wait())
            await self._send_all(self._progress.acknowledged.pos, stopped)
            await self._sent.put(None)
            await acknowledging
            watching.cancel()
            stopped.cancel()

    async def _watch(self) -> None:
        """Kafka may go away, or be replaced, while there is nothing to send: then nothing else would show it, and an
        empty one would stay empty. Raises ClusterChanged."""
        away = "kafka_away"
        while True:
            await asyncio.sleep(ASK_AGAIN)
            try:
                cluster = await self._feeds.cluster()
            except Away as error:
                end_if_asked()
                self._trouble(f"{away}: {error}")
                continue
            if cluster != self._cluster:
                raise ClusterChanged(f"{self._cluster} was replaced by {cluster}")
            if (self._progress.problem or "").startswith(away):
                self._progress.problem = None

    async def _send_all(self, after: int, stopped: "asyncio.Task[object]") -> None:
        limit = CHUNK
        reading = self._read(after, limit)
        try:
            while True:
                found = await reading
                if found is None and self._stopping.is_set():
                    return
                upto = after if found is None else found.upto if isinstance(found, Chunk) else found
                full = upto - after >= limit
                after = upto
                if isinstance(found, Chunk):
                    limit = found.next_limit()
                if full:
                    reading = self._read(after, limit)
                if found is not None:
                    await self._send(found)
                if not full:
                    if not self._stopping.is_set():
                        await self._wake(after, stopped)
                    reading = self._read(after, limit)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    def _read(self, after: int, limit: int) -> "asyncio.Task[Chunk | int | None]":
        self._looked = self._tide.pos
        return asyncio.create_task(self._find(after, limit))

    async def _find(self, after: int, limit: int) -> Chunk | int | None:
        """What was written here a moment ago needs no reading."""
        if (written := self._tide.lately.published(after, limit)) is not None:
            upto, rows = written
            return chunk_of(rows, upto, self._own)
        return await read_chunk(self._pool, after, limit, self._own)

    async def _wake(self, after: int, stopped: "asyncio.Task[object]") -> None:
        # A crashed database may have given up positions that were looked at: there is nothing to be read there.
        seen = max(after, self._looked)
        risen = asyncio.ensure_future(self._tide.brings(_published, seen, LOOK_EVERY))
        try:
            await asyncio.wait([risen, stopped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            risen.cancel()

    async def _send(self, found: Chunk | int) -> None:
        if not isinstance(found, Chunk):
            await self._sent.put(_Sent(found, None, []))
            return
        self._progress.on_the_way.append(found.oldest)
        await self._before(found)
        chunk = await with_ancestors(self._pool, found)
        acknowledgements: list[asyncio.Future[object]] = []
        try:
            for topic, (streams, records) in chunk.by_topic.items():
                partitions = await self._partitions_of(topic)
                for partition, batch in batches(streams, records, partitions, self._feeds.batch):
                    acknowledgements.append(asyncio.ensure_future(await self._feeds.send(batch, topic, partition)))
            await self._sent.put(_Sent(chunk.upto, chunk, acknowledgements))
        except BaseException:
            for acknowledgement in acknowledgements:
                acknowledgement.cancel()
            raise

    async def _partitions_of(self, topic: str) -> Partitions:
        """A feed that is not there is waited for: order is kept, so nothing may overtake its rows."""
        wait = 0.1
        while topic not in self._partitions:
            try:
                count = (await self._feeds.partitions([topic]))[topic]
            except Away as error:
                end_if_asked()
                self._trouble(f"kafka_away: {error}")
            else:
                if isinstance(count, int):
                    self._partitions[topic] = Partitions(count)
                    self._progress.problem = None
                    break
                await self._same_cluster()
                self._trouble(f"topic {topic}: {count}")
            await asyncio.sleep(wait)
            wait = min(wait * 2, ASK_AGAIN)
        return self._partitions[topic]

    async def _acknowledge(self) -> None:
        while (sent := await self._sent.get()) is not None:
            try:
                await self._all(sent.acknowledgements)
            except BaseException:
                self._give_up(sent)
                raise
            if sent.chunk is not None or time.monotonic() > self._kept + KEEP_EVERY:
                if sent.chunk is not None:
                    # After the acknowledgements: a cluster that answers with its old id now is the one that gave them.
                    await self._same_cluster()
                await self._keep(sent.upto)
            self._progress.acknowledged.rise(sent.upto)
            if sent.chunk is not None:
                self._progress.on_the_way.popleft()
                self._progress.sent += sent.chunk.rows
                self._progress.problem = None

    def _give_up(self, first: _Sent) -> None:
        sent: _Sent | None = first
        while True:
            for acknowledgement in sent.acknowledgements if sent else ():
                acknowledgement.cancel()
            if self._sent.empty():
                return
            sent = self._sent.get_nowait()

    async def _all(self, acknowledgements: "list[asyncio.Future[object]]") -> None:
        waiting = set(acknowledgements)
        while waiting:
            _, waiting = await asyncio.wait(waiting, timeout=ASK_AGAIN)
            if waiting:
                await self._same_cluster()
                self._trouble("no acknowledgement")
        for acknowledgement in acknowledgements:
            acknowledgement.result()

    async def _same_cluster(self) -> None:
        """Raises ClusterChanged. Waits for Kafka to answer."""
        wait = 0.1
        while True:
            try:
                cluster = await self._feeds.cluster()
            except Away as error:
                end_if_asked()
                self._trouble(f"kafka_away: {error}")
                await asyncio.sleep(wait)
                wait = min(wait * 2, ASK_AGAIN)
                continue
            if cluster != self._cluster:
                raise ClusterChanged(f"{self._cluster} was replaced by {cluster}")
            return

    async def _keep(self, upto: int) -> None:
        await self._leader.move(statement("relay/advance"), self._cluster, upto)
        self._kept = time.monotonic()

    def _trouble(self, problem: str) -> None:
        if self._progress.problem != problem:
            log.warning("relay_waits", problem=problem)
        self._progress.problem = problem


def _published(kind: Kind) -> bool:
    """A request that came may be sent on, behind everything that is acknowledged."""
    return kind.published or kind.type.startswith(REQUESTS)
