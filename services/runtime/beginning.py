"""How a service begins: at once, or after reading back what a restored database had said (protocol B1, B2, B4)."""

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.runtime.batch import Forgotten
from services.runtime.database import DATABASE_AWAY
from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import TopicsDiffer, cluster_id
from services.runtime.log import Log
from services.runtime.marker import MarkerFile
from services.runtime.producing import HEADERS
from services.runtime.replica import Replica
from services.runtime.restart import Marker, Start, on_start
from services.runtime.running import Loop
from services.runtime.statements import statement
from services.runtime.turns import end_if_asked
from services.runtime.whole_reading import CannotRead, read_to_end
from services.runtime.witnesses import Told, Unheard, Witnesses

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = structlog.get_logger(__name__)
LONGEST_WAIT = 5.0
ANOTHER_KAFKA = (
    "restored beside another Kafka: bring the old one back, name in SANJI_WITNESSES who may have heard it, "
    "or set SANJI_RESTORED_OVERRIDE to a reason"
)
AWAY = (*DATABASE_AWAY, KafkaError, CannotRead, TopicsDiffer, Forgotten, Unheard)


class Beginning:
    """Run it before the replica, the relay and the reactor; it opens the log when the service may speak.

    `prepare` ensures the topics. `state` is why the service may not speak yet; None once it may.
    """

    def __init__(
        self,
        log_: Log,
        replica: Replica,
        link: KafkaLink,
        marker: MarkerFile,
        prepare: "Callable[[], Awaitable[object]]",
        witnesses: Witnesses | None = None,
    ) -> None:
        self.state: str | None = "starting"
        self._log = log_
        self._replica = replica
        self._link = link
        self._marker = marker
        self._prepare = prepare
        self._witnesses = witnesses

    async def speak(self, *, witnessed: bool = False) -> Start:
        """Return when this service may write; what it took. Kafka is waited for where it is needed.

        A restored database on another cluster first hears all witnesses. Without any it stays read-only, and this
        waits until the cluster is the old one again; an operator who answers for what it had said begins it with
        `witnessed`.
        """
        row = await self._replica.pool.fetchrow(statement("replica/incarnation"))
        assert row is not None
        # Read before anything is inserted: rows that are read back would cover it.
        marker = self._marker.read()
        if on_start(marker, row["id"], row["pos"], None, None) is Start.PLAIN:
            self._open()
            return Start.PLAIN
        if marker is None and row["pos"] == 0:
            log.info("new_database", next="reading back, in case it is an old one put back to its beginning")
        else:
            log.warning("database_restored", position=row["pos"], marker=marker.highest if marker else None)
        self._marker.delete()
        await self._replica.pool.execute(statement("replica/read_back"))
        wait = 0.2
        while True:
            try:
                await self._prepare()
                cluster = await cluster_id(self._link)
                published = await self._replica.pool.fetchval(statement("replica/published_on"))
                start = on_start(None, row["id"], row["pos"], published, cluster)
                if start is Start.READ_ONLY and not witnessed and self._witnesses is None:
                    self._because(ANOTHER_KAFKA)
                else:
                    if start is Start.READ_ONLY and self._witnesses is not None:
                        self._because("restored beside another Kafka: hearing what others have of it")
                        await self._hear(self._witnesses, cluster)
                    self._because("restored: reading back what this service had said")
                    await self._catch_up(cluster, everything=start is Start.READ_ONLY)
                    await self._new_life(cluster, held=row["pos"] > 0)
                    return start
            except AWAY as error:
                end_if_asked()
                self._because(f"restored: waiting to read back what this service had said ({type(error).__name__})")
                log.warning("catching_up_waits", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _hear(self, witnesses: Witnesses, cluster: str) -> None:
        """All that anybody has of what this service had said. Told again after a failure, it is known and vanishes."""
        host, count = self._replica.host, 0
        async with aclosing(witnesses.testify(host.own)) as testimony:
            async for page in testimony:
                told = [
                    Told(host.topic_of(stream), offset, value, HEADERS)
                    for offset, (stream, value) in enumerate(page.records, count)
                ]
                streams = {stream for stream, _ in page.records}
                count += len(told)
                await self._replica.take(told, cluster, keep_offsets=False, catching_up=True, asked=streams)
                await self._replica.fences(page.fences)
        log.info("witnesses_heard", records=count)

    async def _catch_up(self, cluster: str, *, everything: bool) -> None:
        """Every topic that this service writes, from the database's offsets to their present end, its feed first.

        `everything`: those it only reads too. On another cluster somebody's feed may hold a copy that nobody's
        database has any more.
        """
        due = await self._replica.offsets(cluster)

        def first(at: TopicPartition) -> int:
            return due.get((at.topic, at.partition), 0)

        host = self._replica.host
        feed, *others = dict.fromkeys((*host.writes, *(host.reads if everything else ())))
        for topics in ([feed], others):
            log.info("reads_back", topics=topics)
            reading, count = read_to_end(self._link, topics, first), 0
            async with aclosing(reading):
                async for records in reading:
                    count += len(records)
                    self._because(f"restored: reading back what this service had said ({count} records of {topics[0]})")
                    await self._replica.take(records, cluster, due, catching_up=True)
                    due |= {(record.topic, record.partition): record.offset + 1 for record in records}

    async def _new_life(self, cluster: str, *, held: bool) -> None:
        """`held`: the database had something before anything was read back."""
        own = sorted(self._replica.host.own)
        row = await self._replica.pool.fetchrow(statement("replica/new_incarnation"), cluster, held, own)
        assert row is not None
        self._marker.write(Marker(row["id"], row["pos"]))
        log.info("speaks_again", position=row["pos"])
        self._open()

    def _open(self) -> None:
        self.state = None
        self._log.open()

    def _because(self, reason: str) -> None:
        self.state = reason
        self._log.close(reason)


class Speaking:
    """Of one process: loops that wait until the service may speak. `override`: the operator's reason to let it speak
    where nobody can witness what it had said (protocol B4), empty for none."""

    def __init__(self, beginning: Beginning, override: str) -> None:
        self._beginning = beginning
        self._override = override
        self._may = asyncio.Event()

    async def begin(self) -> None:
        """Begin, and stay: a loop that ended would end the service."""
        await self._beginning.speak(witnessed=bool(self._override))
        self._may.set()
        await asyncio.Future()

    def then(self, loop: Loop) -> Loop:
        """`loop`, from when the service may speak."""

        async def wait_then_loop() -> None:
            await self._may.wait()
            await loop()

        return wait_then_loop
