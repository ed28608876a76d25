"""Sending to inboxes. One that is missing, forbidden or silent holds back itself and nothing else."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from aiokafka.errors import KafkaError

from services.runtime.outbox import batches
from services.runtime.partition import Partitions
from services.runtime.producing import Producer

log = structlog.get_logger(__name__)
FIRST_RETRY = 1.0
LONGEST_RETRY = 60.0
"""Seconds between tries of an inbox that is held back."""


@dataclass(frozen=True, slots=True)
class Held:
    """An inbox topic that takes nothing now: why, since and until when (monotonic seconds)."""

    reason: str
    since: float
    until: float
    tries: int


class Inboxes:
    """`held` survives the connection, so that its retries go on backing off."""

    def __init__(self, held: dict[str, Held]) -> None:
        self.held = held
        self._producer: Producer | None = None
        self._partitions: dict[str, Partitions] = {}

    def use(self, producer: Producer) -> None:
        self._producer = producer
        self._partitions.clear()

    def open(self, topic: str) -> bool:
        """Whether it may be tried now."""
        held = self.held.get(topic)
        return held is None or held.until <= time.monotonic()

    def wait(self, topic: str) -> float:
        """Seconds until it is tried again; 0 when it is not held back."""
        held = self.held.get(topic)
        return max(0.0, held.until - time.monotonic()) if held is not None else 0.0

    async def send(self, records: Mapping[str, Sequence[tuple[str, bytes]]]) -> set[str]:
        """Send (stream, record) by topic, each topic's in order; the topics that acknowledged all of theirs.

        Raises Away when Kafka as a whole does not answer.
        """
        assert self._producer is not None
        topics = [topic for topic in records if self.open(topic)]
        await self._look_up([topic for topic in topics if topic not in self._partitions])
        known = [topic for topic in topics if topic in self._partitions]
        done = await asyncio.gather(*(self._send_one(topic, records[topic]) for topic in known))
        return {topic for topic, sent in zip(known, done, strict=True) if sent}

    async def _look_up(self, topics: list[str]) -> None:
        assert self._producer is not None
        if topics:
            for topic, found in (await self._producer.partitions(topics)).items():
                if isinstance(found, int):
                    self._partitions[topic] = Partitions(found, 1000)
                else:
                    self._hold(topic, found)

    async def _send_one(self, topic: str, records: Iterable[tuple[str, bytes]]) -> bool:
        producer = self._producer
        assert producer is not None
        streams, values = zip(*records, strict=True)
        try:
            for partition, batch in batches(list(streams), list(values), self._partitions[topic], producer.batch):
                # One after the other: a batch given up must not be followed by a later one of its chain.
                await (await producer.send(batch, topic, partition))
        except (KafkaError, OSError, TimeoutError) as error:
            self._partitions.pop(topic, None)
            self._hold(topic, type(error).__name__)
            return False
        if self.held.pop(topic, None) is not None:
            log.info("inbox_takes_again", topic=topic)
        return True

    def _hold(self, topic: str, reason: str) -> None:
        now, before = time.monotonic(), self.held.get(topic)
        tries = before.tries + 1 if before else 0
        wait = min(FIRST_RETRY * 2**tries, LONGEST_RETRY)
        self.held[topic] = Held(reason, before.since if before else now, now + wait, tries)
        log.warning("inbox_held_back", topic=topic, reason=reason, again_in_seconds=wait)
