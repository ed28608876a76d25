"""The Kafka producer, behind the few calls that the relay needs."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol, cast

import aiokafka
from aiokafka.client import ConnectionGroup
from aiokafka.errors import KafkaConnectionError, KafkaError, for_code
from aiokafka.protocol.metadata import MetadataRequest

from contracts.envelope import CONTENT_TYPE
from services.runtime.kafka_link import LEAVE_SECONDS, ends, start, stop

MAX_BATCH = 256 * 1024
HEADERS = [("content-type", CONTENT_TYPE)]


class Batch(Protocol):
    """Records for one partition."""

    def append(self, *, timestamp: int, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> object | None:
        """None when it is full; the first record always fits."""
        ...


class Away(Exception):
    """Kafka does not answer."""


class Producer:
    """Of one connection to one cluster. Acknowledged means by all in-sync replicas.

    `idempotent`: retries for ever without making copies, for feeds. Otherwise a batch is given up after `seconds`, so
    that one topic that went away does not hold the others.
    """

    def __init__(self, options: Mapping[str, object], *, idempotent: bool, seconds: float = 15.0) -> None:
        self._seconds = seconds
        made: Any = aiokafka.AIOKafkaProducer
        self._producer: Any = made(
            acks="all",
            enable_idempotence=idempotent,
            max_batch_size=MAX_BATCH,
            linger_ms=0,
            request_timeout_ms=int(seconds * 1000),
            **options,
        )

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Producer"]:
        """Started, and stopped when all is acknowledged; after an error or a cancellation at once. Raises Away."""
        try:
            async with asyncio.timeout(self._seconds):
                await start(self._producer)
        except (KafkaError, OSError, TimeoutError) as error:
            await stop(self._producer)
            raise Away(str(error)) from error
        except BaseException:
            await stop(self._producer)
            raise
        try:
            yield self
        except BaseException:
            await self._abort()
            raise
        await stop(self._producer)

    async def cluster(self) -> str:
        """The id of the cluster that answers now. Raises Away."""
        return (await self._metadata([]))["cluster_id"]

    async def partitions(self, topics: Iterable[str]) -> dict[str, int | str]:
        """By topic, the number of its partitions, or why it cannot be written to. Raises Away."""
        answer = await self._metadata(list(topics))
        return {
            topic["topic"]: for_code(topic["error_code"]).__name__ if topic["error_code"] else len(topic["partitions"])
            for topic in answer["topics"]
        }

    async def _metadata(self, topics: list[str]) -> dict[str, Any]:
        # A connection of its own: on the producer's this would queue behind megabytes.
        client = self._producer.client
        for last in (False, True):
            try:
                node = client.get_random_node()
                if node is None:
                    raise KafkaConnectionError("no broker is known")
                request: Any = MetadataRequest(topics, False)
                answer = await client.send(node, request, group=ConnectionGroup.COORDINATION)
                return cast("dict[str, Any]", answer.to_object())
            except (KafkaError, OSError, TimeoutError) as error:
                if last:
                    raise Away(str(error)) from error
                with contextlib.suppress(KafkaError, OSError, TimeoutError):
                    await client.force_metadata_update()
        raise AssertionError

    def batch(self) -> Batch:
        return self._producer.create_batch()

    async def send(self, batch: Batch, topic: str, partition: int) -> Awaitable[object]:
        """Hand it over; waits while this partition's last batch has not left. The answer is the acknowledgement."""
        return await self._producer.send_batch(batch, topic, partition=partition)

    async def _abort(self) -> None:
        """What is not acknowledged fails; aiokafka's own stop would wait for it for ever. Without its client the sender
        may wait for ever too, for metadata that nobody fetches any more."""
        self._producer._message_accumulator.fail_all(KafkaConnectionError("given up"))
        await ends(self._producer.client.close(), LEAVE_SECONDS)
        await stop(self._producer, LEAVE_SECONDS)
