"""The relay: publishes the log in the order of its positions, and sends to inboxes what follows from it.

One leader for each log. The checkpoint moves only past what this very Kafka cluster acknowledged, by compare-and-set
with the leader's epoch; a crash in between repeats, and copies vanish downstream by their hash. Without Kafka
everything waits in the log.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from aiokafka.errors import KafkaError

from services.runtime.database import DATABASE_AWAY
from services.runtime.deliveries import Deliveries
from services.runtime.drain import ClusterChanged, Drain, Progress
from services.runtime.host import Host
from services.runtime.inboxes import Held
from services.runtime.leadership import Deposed, Leader, leading
from services.runtime.metrics import Metrics
from services.runtime.outbox import Chunk
from services.runtime.producing import Away, Producer
from services.runtime.statements import statement
from services.runtime.telling import Telling
from services.runtime.tide import Tide

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

log = structlog.get_logger(__name__)
LONGEST_WAIT = 5.0
"""Seconds between tries while Kafka or the database is away."""


@dataclass(frozen=True, slots=True)
class RelayStatus:
    """For `/readyz` and the metrics. `oldest`: since when the oldest unpublished row waits (UTC); `problem`: why
    nothing is published now; `held`: inbox topics that take nothing."""

    leads: bool
    cluster: str | None
    acknowledged: int
    sent: int
    oldest: datetime | None
    problem: str | None
    held: Mapping[str, Held]


class Relay:
    """Of one service. `dsn` is the database's own address, for the leader's lock; `kafka` are aiokafka's options.

    `before_sending` is awaited with the highest position about to be sent, before each send (protocol B2). `telling`
    is None for the portal, which receives no case.
    """

    def __init__(
        self,
        pool: "Pool[Record]",
        dsn: str,
        tide: Tide,
        host: Host,
        kafka: Mapping[str, object],
        before_sending: Callable[[int], Awaitable[None]],
        deliveries: Deliveries,
        telling: Telling | None,
        *,
        stop_seconds: float = 10.0,
    ) -> None:
        self._pool = pool
        self._dsn = dsn
        self._tide = tide
        self._own = sorted(host.own)
        self._kafka = kafka
        self._before_sending = before_sending
        self._deliveries = deliveries
        self._telling = telling
        self._stop_seconds = stop_seconds
        self._stopping = asyncio.Event()
        self._leader: Leader | None = None
        self._oldest: datetime | None = None
        self._progress = Progress(Tide(tide.lately))

    @property
    def acknowledged(self) -> Tide:
        """Position up to which this Kafka cluster has everything; another object once the cluster is another."""
        return self._progress.acknowledged

    @property
    def status(self) -> RelayStatus:
        progress = self._progress
        leads = self._leader is not None and not self._leader.lost
        oldest = progress.on_the_way[0] if progress.on_the_way else self._oldest
        held = dict(self._deliveries.inboxes.held)
        return RelayStatus(
            leads, progress.cluster, progress.acknowledged.pos, progress.sent, oldest, progress.problem, held
        )

    async def forward(self, stream: str, record: bytes, to: str, hops: int) -> None:
        """Send the request `stream` on to the unit that holds its case now (protocol R3)."""
        await self._deliveries.forward(stream, record, to, hops)

    def measure(self, metrics: Metrics) -> None:
        """Register the gauges by which an operator sees that nothing lies unpublished."""
        metrics.watch("relay_outbox_age_seconds", "Age of the oldest unpublished event", self._age)
        metrics.watch("relay_position", "Log position acknowledged by Kafka", lambda: self.acknowledged.pos)
        metrics.watch("relay_sent", "Events published since the start", lambda: self._progress.sent)
        metrics.watch("relay_leads", "1 while this process publishes", lambda: float(self.status.leads))
        metrics.watch("relay_inboxes_held", "Inboxes that take nothing", lambda: len(self.status.held))

    def _age(self) -> float:
        oldest = self.status.oldest
        return max(0.0, (datetime.now(UTC) - oldest).total_seconds()) if oldest else 0.0

    async def run(self) -> None:
        """Relay for ever. Cancelling it publishes what the log holds, within `stop_seconds`, and moves the
        checkpoint; with Kafka away there is nothing to wait for, the log keeps it."""
        work = asyncio.create_task(self._run())
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            self._stopping.set()
            await asyncio.wait([work], timeout=self._stop_seconds if self._progress.problem is None else 0)
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
            raise

    async def _run(self) -> None:
        wait = 0.1
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                async with leading(self._dsn, self._stopping) as leader:
                    self._leader = leader
                    async with asyncio.TaskGroup() as group:
                        guard = group.create_task(leader.watch())
                        await self._with_kafka(leader)
                        guard.cancel()
            except* ClusterChanged as errors:
                self._say("kafka_replaced", errors)
            except* Deposed as errors:
                self._say("leadership_lost", errors)
            except* (Away, KafkaError) as errors:
                self._say("kafka_away", errors)
            except* DATABASE_AWAY as errors:
                self._say("database_away", errors)
            except* Exception as errors:
                self._say("relay_failed", errors)
                log.exception("relay_failed")
            finally:
                self._leader = None
            wait = 0.1 if time.monotonic() > began + LONGEST_WAIT else wait
            await self._pause(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    def _say(self, problem: str, errors: BaseExceptionGroup[Exception]) -> None:
        error = _first(errors)
        self._progress.problem = f"{problem}: {error}"
        log.warning("relay_waits", problem=problem, error=str(error))

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(*DATABASE_AWAY):
            self._oldest = await self._pool.fetchval(statement("relay/oldest"))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _with_kafka(self, leader: Leader) -> None:
        """Two producers: what an inbox does must not disturb the feeds."""
        feeds = Producer(self._kafka, idempotent=True)
        async with feeds.running(), Producer(self._kafka, idempotent=False).running() as boxes:
            await self._lead(leader, feeds, boxes)

    async def _lead(self, leader: Leader, feeds: Producer, boxes: Producer) -> None:
        cluster = await feeds.cluster()
        row = await leader.move(statement("relay/begin"), cluster)
        progress = self._progress
        self._tide.lately.forget()
        # What the database does not remember is not acknowledged, whatever this process saw: it may have forgotten
        # copies in a crash, and their positions are those of what is written next.
        if progress.cluster not in (None, cluster) or progress.acknowledged.pos > row["pos"]:
            progress.acknowledged = Tide(self._tide.lately)
        progress.acknowledged.rise(row["pos"])
        progress.cluster, progress.problem, self._oldest = cluster, None, None
        progress.on_the_way.clear()
        log.info("relay_leads", cluster=cluster, epoch=leader.epoch, acknowledged=row["pos"])
        self._deliveries.inboxes.use(boxes)
        drain = Drain(self._pool, self._tide, self._own, leader, feeds, cluster, progress, self._before, self._stopping)
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(self._deliveries.run(leader, cluster, progress.acknowledged, row["followed"]))]
            if self._telling is not None:
                beside.append(group.create_task(self._telling.run(leader, progress.acknowledged, row["tracked"])))
            await drain.run()
            for task in beside:
                task.cancel()

    async def _before(self, chunk: Chunk) -> None:
        keys, _ = await asyncio.gather(self._deliveries.own_keys(chunk.receipts), self._before_sending(chunk.highest))
        await self._deliveries.send_own_keys(keys)


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error  # pyright: ignore
