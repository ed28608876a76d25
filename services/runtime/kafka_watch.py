"""Whether reading from Kafka goes on: it can stall without a word (aiokafka #1037, #703, #718)."""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Protocol

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.runtime.kafka_link import KafkaLink, started
from services.runtime.kafka_topics import cluster_id
from services.runtime.reading_places import Places
from services.runtime.turns import end_if_asked

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 10
"""Longer than Kafka takes to answer when it is there."""


class Reading(Protocol):
    """Who reads. `busy`: a batch is being written at this moment."""

    @property
    def places(self) -> Places: ...
    @property
    def busy(self) -> bool: ...
    def commit(self) -> Awaitable[None]: ...
    def look_at_memory(self) -> Awaitable[None]: ...


class KafkaWatch:
    """`lag` is the number of records not taken yet, None while unknown; `restarts` counts how often a silent stall was
    ended. Times in seconds."""

    def __init__(self, link: KafkaLink, *, look_every: float = 5.0, stalled_after: float = 30.0) -> None:
        self.lag: int | None = None
        self.restarts = 0
        self._link = link
        self._look_every = look_every
        self._stalled_after = stalled_after

    async def until_stalled(self, reading: Reading, prepared: str) -> None:
        """Return when the reading has stalled silently, or Kafka is no longer the `prepared` cluster, on which the
        topics were ensured."""
        loop = asyncio.get_running_loop()
        moved, before = loop.time(), -1
        while True:
            await asyncio.sleep(self._look_every)
            try:
                # Asked first: on another cluster the topics may be missing, and what asks for them waits for them.
                if (cluster := await self._cluster_now()) != prepared:
                    log.warning("kafka_replaced", cluster=cluster)
                    reading.places.forget()
                    return
                ends = await self._ends(reading.places)
            except (KafkaError, OSError, TimeoutError):
                end_if_asked()
                # Not a stall: nobody gets through.
                self.lag, moved = None, loop.time()
                continue
            with contextlib.suppress(KafkaError, TimeoutError):
                await reading.commit()
            end_if_asked()
            await reading.look_at_memory()
            taken = reading.places.taken
            progress = sum(taken.values())
            self.lag = sum(max(0, end - taken.get(at, 0)) for at, end in ends.items()) if ends else None
            if reading.busy or progress != before or self.lag == 0:
                moved, before = loop.time(), progress
            elif loop.time() - moved > self._stalled_after:
                self.restarts += 1
                log.error("consumer_stalled", lag=self.lag, restarts=self.restarts)
                return

    async def _cluster_now(self) -> str:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await cluster_id(self._link)

    async def _ends(self, places: Places) -> dict[TopicPartition, int]:
        """Asked over a connection of its own, so that a stuck consumer cannot hide it."""
        partitions = list(places.next)
        if not partitions:
            return {}
        async with asyncio.timeout(ANSWER_SECONDS), started(AIOKafkaConsumer(**self._link.options())) as probe:
            return await probe.end_offsets(partitions)
