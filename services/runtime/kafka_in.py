"""The one place where FastStream is touched: batches of raw records, from where the database says (protocol B1).

FastStream loses a batch whose parsing or handling raises: the position moves on. So the parser touches nothing of a
record, the decoder hands the records through, and the handler never raises: it brings the same batch again until it is
taken. Group commits are for monitoring only; the database's offsets win at each assignment.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import chain
from typing import Any, Protocol, cast

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaAckableMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber

from services.runtime.arrivals import Record, Sorted, Where
from services.runtime.batch import Forgotten
from services.runtime.kafka_link import KafkaLink, release, start, stop
from services.runtime.kafka_topics import cluster_id
from services.runtime.kafka_watch import ANSWER_SECONDS, KafkaWatch
from services.runtime.reading_places import Places, Ready
from services.runtime.turns import end_if_asked

log = structlog.get_logger(__name__)

MAX_RECORDS = 4000
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
"""Seconds between tries, doubled each time."""
FETCH_BYTES = 4 << 20
WAITING_MS = 500
"""Of one wait for records. They end it when they come."""
LAST_WORDS_SECONDS = 1
"""A stop does not wait for a Kafka that is away: what is committed serves monitoring only."""


class Taker(Protocol):
    """The replica."""

    async def sort(self, records: Sequence[Record]) -> Sorted: ...
    async def take(
        self, records: Sequence[Record], cluster: str, due: Mapping[Where, int], *, sorted_: Sorted
    ) -> object: ...
    async def offsets(self, cluster: str) -> dict[Where, int]: ...
    async def reader(self) -> str: ...


class KafkaIn:
    """Reads `topics` into `taker` until cancelled. Kafka may be away, at the start too.

    `prepare` is called before each connecting (topics are ensured there). `watch` ends a reading that has stalled and
    knows the lag.
    """

    def __init__(
        self,
        link: KafkaLink,
        group: str,
        topics: Sequence[str],
        taker: Taker,
        prepare: Callable[[], Awaitable[object]],
        watch: KafkaWatch,
    ) -> None:
        self.watch = watch
        self._link = link
        self._group = group
        self._topics = topics
        self._taker = taker
        self._prepare = prepare
        self._cluster = ""
        """Where records come from now: the consumer may have found another Kafka by itself."""
        self._consumer: Callable[[], AIOKafkaConsumer | None] = lambda: None
        self._begin()

    def _begin(self) -> None:
        self.places = Places()
        self._stop = asyncio.Event()
        self.busy = False
        # One batch is read and sorted while the one before it is written.
        self._room = asyncio.Semaphore(2)
        self._ready: asyncio.Queue[tuple[Ready, Sorted]] = asyncio.Queue()

    async def run(self) -> None:
        """Connect, read, watch; connect again whenever that ends."""
        wait = FIRST_WAIT
        while True:
            try:
                self._cluster = prepared = await cluster_id(self._link)
                await self._prepare()
                await self._read(prepared)
                wait = FIRST_WAIT
            except Exception as error:
                end_if_asked()
                self.watch.lag = None
                log.warning("kafka_away", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)

    async def _read(self, prepared: str) -> None:
        """Until the consumer has to be started anew."""
        self._begin()
        broker = KafkaBroker(
            self._link.bootstrap.split(","),
            security=self._link.security(),
            client_id=await self._taker.reader(),
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
            batch_timeout_ms=WAITING_MS,
            max_partition_fetch_bytes=FETCH_BYTES,
            no_reply=True,
            parser=_untouched,
            decoder=_records,
            listener=_FromDatabase(self),
        )
        subscriber(self._batch)
        subscriber.__class__ = _Awake
        self._consumer = lambda: subscriber.consumer
        try:
            await start(broker)
            async with asyncio.TaskGroup() as both:
                writing = both.create_task(self._write())
                await self.watch.until_stalled(self, prepared)
                writing.cancel()
        finally:
            self._stop.set()
            self._room.release()
            with contextlib.suppress(Exception):
                await self.commit(LAST_WORDS_SECONDS)
            consumer = self._consumer()
            if not await stop(broker):
                await release(consumer)

    async def _batch(self, records: Sequence[ConsumerRecord]) -> None:
        """Never raises: the next batch would pass over this one."""
        await self._room.acquire()
        ready = self.places.in_sequence(records, self._seek)
        if ready.records and not self._stop.is_set():
            self._ready.put_nowait((ready, await self._taker.sort(ready.records)))
        else:
            self._room.release()

    async def _write(self) -> None:
        while True:
            ready, found = await self._ready.get()
            self.busy = True
            try:
                await self._take(ready, found)
            finally:
                self.busy = False
                self._room.release()

    async def _take(self, ready: Ready, found: Sorted) -> None:
        """Until it is taken, or reading has begun anew elsewhere: a batch is never left."""
        wait = FIRST_WAIT
        while ready.age == self.places.age:
            try:
                await self._taker.take(ready.records, self._cluster, ready.due, sorted_=found)
                self.places.took(ready)
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
        await self.assigned(set(self.places.next))

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
        self.places.begin(due)

    def revoked(self) -> None:
        self.places.forget()

    async def look_at_memory(self) -> None:
        """Begin again when the database forgot what was read, on a partition where nothing comes any more too."""
        age, known = self.places.age, dict(self.places.taken)
        try:
            offsets = await self._taker.offsets(self._cluster)
        except Exception as error:
            end_if_asked()
            log.info("database_away", error=type(error).__name__)
            return
        if age == self.places.age and any(offsets.get(at, 0) < due for at, due in known.items()):
            await self._begin_again()

    async def commit(self, seconds: float = ANSWER_SECONDS) -> None:
        """For those who look at the group's lag from outside; nothing here reads it. A rebalance refuses it; while
        its topics are missing aiokafka would try it for ever. Raises KafkaError, TimeoutError."""
        consumer = self._consumer()
        read = {at: due for at, due in self.places.taken.items() if due}
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


class _Awake(BatchSubscriber):
    """FastStream sleeps after a fetch that brought nothing, as long as it had waited: whatever comes meanwhile lies.
    This one waits again."""

    __slots__ = ()

    async def get_msg(self, consumer: AIOKafkaConsumer) -> tuple[ConsumerRecord, ...]:
        while not (found := await consumer.getmany(timeout_ms=self.batch_timeout_ms, max_records=self.max_records)):
            pass
        return tuple(chain.from_iterable(found.values()))


async def _untouched(records: tuple[ConsumerRecord, ...]) -> Any:
    """Headers are never read here: one that is null or not UTF-8 would lose the batch."""
    return KafkaAckableMessage(body=b"", headers={}, raw_message=cast(Any, records), consumer=FAKE_CONSUMER)


async def _records(message: Any) -> Any:
    return message.raw_message
