"""Records that could not be used: kept with the reason, told on a topic of their own, and retried.

The table is the truth; the topic is for operators' tools and carries no key, no value and no header.
"""

import asyncio
import json
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts.envelope import CONTENT_TYPE
from services.runtime.arrivals import Dead
from services.runtime.kafka_link import KafkaLink, started
from services.runtime.replica import Replica
from services.runtime.statements import statement
from services.runtime.turns import end_if_asked

if TYPE_CHECKING:
    from asyncpg import Record as Row

    from services.runtime.companion import Database

log = structlog.get_logger(__name__)
WAITING_MOST = 10_000
PAGE = 500


class DeadLetter(NamedTuple):
    """One open dead letter. It reads like a record of Kafka, so that it can be taken again; times are UTC."""

    id: int
    cluster: str
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    reason: str
    detail: str
    died: datetime
    retried_at: datetime | None

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """Whoever retries a record says that it is one of ours."""
        return (("content-type", CONTENT_TYPE),)


async def open_letters(db: "Database", after: int = 0, limit: int = PAGE) -> list[DeadLetter]:
    """What is not settled, past `after`, by id."""
    return _letters(await db.fetch(statement("replica/dead_open"), after, limit))


async def retry(replica: Replica, ids: Sequence[int] | None = None) -> tuple[int, int]:
    """Take these again (None: all that are open), as they came; how many went well and how many died again.

    For a program that knows more than the one that gave them up. Safe to repeat and beside a running service.
    """
    well = again = 0
    after = 0
    while True:
        if ids is None:
            letters = await open_letters(replica.pool, after)
        else:
            letters = _letters(await replica.pool.fetch(statement("replica/dead_by_id"), list(ids)))
        if not letters:
            return well, again
        for cluster in dict.fromkeys(letter.cluster for letter in letters):
            taken = [letter for letter in letters if letter.cluster == cluster]
            dead = await replica.take(taken, cluster, keep_offsets=False)
            where = {(d.record.topic, d.record.partition, d.record.offset) for d in dead}
            failed = [one.id for one in taken if (one.topic, one.partition, one.offset) in where]
            await replica.pool.execute(statement("replica/dead_retried"), [one.id for one in taken], failed)
            well, again = well + len(taken) - len(failed), again + len(failed)
        if ids is not None:
            return well, again
        after = letters[-1].id


class DeadLetterTopic:
    """Tells the topic, as far as Kafka is there; `tell` never waits and never fails."""

    def __init__(self, link: KafkaLink, topic: str) -> None:
        self._link = link
        self._topic = topic
        self._waiting: deque[bytes] = deque(maxlen=WAITING_MOST)
        self._work = asyncio.Event()

    def tell(self, dead: Iterable[Dead]) -> None:
        self._waiting.extend(_notice(one) for one in dead)
        self._work.set()

    async def run(self) -> None:
        """Send what waits, whenever something does."""
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                await self._send()
            except (KafkaError, OSError, TimeoutError) as error:
                end_if_asked()
                log.warning("dead_letters_not_told", waiting=len(self._waiting), error=type(error).__name__)
                await asyncio.sleep(5)
                self._work.set()

    async def _send(self) -> None:
        made = AIOKafkaProducer(**self._link.options(), acks="all", enable_idempotence=True)
        async with started(made) as producer:
            while self._waiting:
                await producer.send_and_wait(self._topic, self._waiting[0])
                self._waiting.popleft()


def _notice(dead: Dead) -> bytes:
    record = dead.record
    return json.dumps(
        {
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "reason": dead.reason,
            "detail": dead.detail,
            "sha256": sha256(record.value).hexdigest() if record.value is not None else None,
        }
    ).encode()


def _letters(rows: "Iterable[Row]") -> list[DeadLetter]:
    return [DeadLetter(*row) for row in rows]
