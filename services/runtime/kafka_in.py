"""The one place where FastStream is touched: batches of raw records, from where the database says (protocol B1).

FastStream loses a batch whose parsing or handling raises: the position moves on. So the parser touches nothing of a
record, the decoder hands the records through, and the handler never raises: it brings the same batch again until it is
taken. Group commits are for monitoring only; the database's offsets win at each assignment.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, cast

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaAckableMessage

from services.runtime.arrivals import Record, Sorted, Where
from services.runtime.batch import Forgotten
from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import cluster_id
from services.runtime.reading_places import Places, Ready
from services.runtime.turns import end_if_asked

log = structlog.get_logger(__name__)

MAX_RECORDS = 4000
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
"""Seconds between tries, doubled each time."""
FETCH_BYTES = 4 << 20
ANSWER_SECONDS = 10
"""Longer than Kafka takes to answer when it is there."""
LAST_WORDS_SECONDS = 1
"""A stop does not wait for a Kafka that is away: what is committed serves monitoring only."""


class Taker(Protocol):
    """The replica."""

    async def sort(self, records: Sequence[Record]) -> Sorted: ...
    async def take(
        self, records: Sequence[Record], cluster: str, due: Mapping[Where, int], *, sorted_: Sorted
    ) -> object: ...
    async def offsets(self, cluster: str) -> dict[Where, int]: ...


class KafkaIn:
    """Reads `topics` into `taker` until cancelled. Kafka may be away, at the start too.

    `prepare` is called before each connecting (topics are ensured there). `lag` is the number of records not taken
    yet, None while unknown; `restarts` counts how often a silent stall was ended.
    """

    def __init__(
        self,
        link: KafkaLink,
        group: str,
        topics: Sequence[str],
        taker: Taker,
        prepare: Callable[[], Awaitable[object]],
        *,
        look_every: float = 5.0,
        stalled_after: float = 30.0,
    ) -> None:
        self.lag: int | None = None
        self.restarts = 0
        self._link = link
        self._group = group
        self._topics = topics
        self._taker = taker
        self._prepare = prepare
        self._look_every = look_every
        self._stalled_after = stalled_after
        self._cluster = ""
        """Where records come from now: the consumer may have found another Kafka by itself …"""
        self._prepared = ""
        """… and the topics were ensured on this one."""
        self._consumer: Callable[[], AIOKafkaConsumer | None] = lambda: None
        self._begin()

    def _begin(self) -> None:
        self._places = Places()
        self._stop = asyncio.Event()
        self._busy = False
        # One batch is read and sorted while the one before it is written.
        self._room = asyncio.Semaphore(2)
        self._ready: asyncio.Queue[tuple[Ready, Sorted]] = asyncio.Queue()

    async def run(self) -> None:
        """Connect, read, watch; connect again whenever that ends."""
        wait = FIRST_WAIT
        while True:
            try:
                self._cluster = self._prepared = await cluster_id(self._link)
                await self._prepare()
                await self._read()
                wait = FIRST_WAIT
            except Exception as error:
                end_if_asked()
                self.lag = None
                log.warning("kafka_away", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)

    async def _read(self) -> None:
        """Until the consumer has to be started anew."""
        self._begin()
        broker = KafkaBroker(
            self._link.bootstrap.split(","),
            security=self._link.security(),
            client_id=self._group,
            consumer_only=True,
            allow_auto_create_topics=False,
            metadata_max_age_ms=10_000,
            graceful_timeout=20.0,
            apply_types=False,
            logger=None,
        )
        subscriber = broker.subscriber(
            *self._topics,
            batch=True,
            group_id=self._group,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            max_records=MAX_RECORDS,
            batch_timeout_ms=10,
            max_partition_fetch_bytes=FETCH_BYTES,
            no_reply=True,
            parser=_untouched,
            decoder=_records,
            listener=_FromDatabase(self),
        )
        subscriber(self._batch)
        self._consumer = lambda: subscriber.consumer
        try:
            await broker.start()
            async with asyncio.TaskGroup() as both:
                writing = both.create_task(self._write())
                await self._watch()
                writing.cancel()
        finally:
            self._stop.set()
            self._room.release()
            with contextlib.suppress(Exception):
                await self._commit(LAST_WORDS_SECONDS)
            await broker.stop()

    async def _batch(self, records: Sequence[ConsumerRecord]) -> None:
        """Never raises: the next batch would pass over this one."""
        await self._room.acquire()
        ready = self._places.in_sequence(records, self._seek)
        if ready.records and not self._stop.is_set():
            self._ready.put_nowait((ready, await self._taker.sort(ready.records)))
        else:
            self._room.release()

    async def _write(self) -> None:
        while True:
            ready, found = await self._ready.get()
            self._busy = True
            try:
                await self._take(ready, found)
            finally:
                self._busy = False
                self._room.release()

    async def _take(self, ready: Ready, found: Sorted) -> None:
        """Until it is taken, or reading has begun anew elsewhere: a batch is never left."""
        wait = FIRST_WAIT
        while ready.age == self._places.age:
            try:
                await self._taker.take(ready.records, self._cluster, ready.due, sorted_=found)
                self._places.took(ready)
                return
            except Forgotten:
                await self._begin_again()
            except Exception as error:
                end_if_asked()
                log.warning(
                    "batch_waits", records=len(ready.records), error=f"{type(error).__name__}: {error}",
                    exc_info=wait > 1,
                )  # fmt: skip
                await self._pause(wait)
                wait = min(wait * 2, LONGEST_WAIT)

    async def _begin_again(self) -> None:
        log.warning("database_forgot")
        await self.assigned(set(self._places.next))

    def _seek(self, at: TopicPartition, offset: int) -> None:
        consumer = self._consumer()
        if consumer is not None:
            with contextlib.suppress(IllegalStateError):  # assigned to another meanwhile
                consumer.seek(at, offset)

    async def assigned(self, partitions: set[TopicPartition]) -> None:
        """Seek what the database says; tried until it is done, since a failure here would be passed over."""
        wait = FIRST_WAIT
        while not self._stop.is_set():
            try:
                self._cluster = await cluster_id(self._link)
                offsets = await self._taker.offsets(self._cluster)
                break
            except Exception as error:
                end_if_asked()
                log.warning("assignment_waits", error=f"{type(error).__name__}: {error}")
                await self._pause(wait)
                wait = min(wait * 2, LONGEST_WAIT)
        else:
            return
        due = {at: offsets.get((at.topic, at.partition), 0) for at in partitions}
        for at, offset in due.items():
            self._seek(at, offset)
        self._places.begin(due)

    def revoked(self) -> None:
        self._places.forget()

    async def _watch(self) -> None:
        """Return when the consumer has stalled silently or Kafka was replaced (aiokafka #1037, #703, #718)."""
        loop = asyncio.get_running_loop()
        moved, before = loop.time(), -1
        while True:
            await asyncio.sleep(self._look_every)
            try:
                # Asked first: on another cluster the topics may be missing, and what asks for them waits for them.
                if (cluster := await self._cluster_now()) != self._prepared:
                    log.warning("kafka_replaced", cluster=cluster)
                    self._places.forget()
                    return
                ends = await self._ends()
            except (KafkaError, OSError, TimeoutError):
                end_if_asked()
                # Not a stall: nobody gets through.
                self.lag, moved = None, loop.time()
                continue
            with contextlib.suppress(KafkaError, TimeoutError):
                await self._commit()
            end_if_asked()
            await self._check_memory()
            taken = self._places.taken
            progress = sum(taken.values())
            self.lag = sum(max(0, end - taken.get(at, 0)) for at, end in ends.items()) if ends else None
            if self._busy or progress != before or self.lag == 0:
                moved, before = loop.time(), progress
            elif loop.time() - moved > self._stalled_after:
                self.restarts += 1
                log.error("consumer_stalled", lag=self.lag, restarts=self.restarts)
                return

    async def _check_memory(self) -> None:
        """A partition on which nothing comes any more may have been forgotten too."""
        age, known = self._places.age, dict(self._places.taken)
        try:
            offsets = await self._taker.offsets(self._cluster)
        except Exception as error:
            end_if_asked()
            log.info("database_away", error=type(error).__name__)
            return
        if age == self._places.age and any(offsets.get(at, 0) < due for at, due in known.items()):
            await self._begin_again()

    async def _cluster_now(self) -> str:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await cluster_id(self._link)

    async def _ends(self) -> dict[TopicPartition, int]:
        """Asked over a connection of its own, so that a stuck consumer cannot hide it."""
        partitions = list(self._places.next)
        if not partitions:
            return {}
        async with asyncio.timeout(ANSWER_SECONDS), AIOKafkaConsumer(**self._link.options()) as probe:
            return await probe.end_offsets(partitions)

    async def _commit(self, seconds: float = ANSWER_SECONDS) -> None:
        """For those who look at the group's lag from outside; nothing here reads it. A rebalance refuses it; while
        its topics are missing aiokafka would try it for ever."""
        consumer = self._consumer()
        read = {at: due for at, due in self._places.taken.items() if due}
        if consumer is not None and read:
            async with asyncio.timeout(seconds):
                await consumer.commit(read)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()


class _FromDatabase(ConsumerRebalanceListener):
    def __init__(self, reader: KafkaIn) -> None:
        self._reader = reader

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._reader.revoked()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        await self._reader.assigned(assigned)


async def _untouched(records: tuple[ConsumerRecord, ...]) -> Any:
    """Headers are never read here: one that is null or not UTF-8 would lose the batch."""
    return KafkaAckableMessage(body=b"", headers={}, raw_message=cast(Any, records), consumer=FAKE_CONSUMER)


async def _records(message: Any) -> Any:
    return message.raw_message
