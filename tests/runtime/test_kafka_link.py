"""A stop in the middle of connecting leaves nothing behind at Kafka or here."""

import asyncio
import gc
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.runtime.kafka_link import KafkaLink, start, started, stop
from services.runtime.kafka_topics import cluster_id

ROUNDS = 40
"""Each a turn of the loop later; connecting takes some ten."""


async def cut_short(connect: Callable[[], Any], rounds: int) -> bool:
    """Whether it was cancelled before it was through."""
    connecting = asyncio.ensure_future(connect())
    for _ in range(rounds):
        await asyncio.sleep(0)
    connecting.cancel()
    return (await asyncio.gather(connecting, return_exceptions=True))[0] is not None


async def administrators(link: KafkaLink) -> None:
    await cluster_id(link)


async def consumers(link: KafkaLink) -> None:
    async with started(AIOKafkaConsumer(**link.options())):
        pass


async def producers(link: KafkaLink) -> None:
    async with started(AIOKafkaProducer(**link.options())):
        pass


@pytest.mark.parametrize("connect", [administrators, consumers, producers])
async def test_whatever_the_moment_of_the_stop_no_connection_stays_open(bootstrap: str, connect: Any) -> None:
    link = KafkaLink(bootstrap)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ResourceWarning)
        cut = [await cut_short(lambda: connect(link), rounds) for rounds in range(1, ROUNDS)]
        gc.collect()
    assert any(cut)
    assert [str(one.message) for one in said if "nclosed" in str(one.message)] == []


class Cancelled(AIOKafkaConsumer):
    """As one whose fetch is cancelled before it began."""

    async def stop(self) -> None:
        raise asyncio.CancelledError


class Unborn(AIOKafkaConsumer):
    """As one whose Kafka went away in the middle of its start."""

    async def start(self) -> None:
        await super().start()
        await asyncio.Event().wait()


async def test_a_client_that_does_not_come_to_the_end_of_its_start_is_given_up_and_leaves_nothing(
    bootstrap: str,
) -> None:
    client = Unborn(**KafkaLink(bootstrap).options())
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ResourceWarning)
        try:
            with pytest.raises(TimeoutError):
                await start(client, 0.5)
        finally:
            await stop(client)
        del client
        gc.collect()
    assert [str(one.message) for one in said if "nclosed" in str(one.message)] == []


class Endless(AIOKafkaConsumer):
    """As one that waits for what nobody sends any more."""

    async def stop(self) -> None:
        await asyncio.Event().wait()


@pytest.mark.parametrize("kind", [Cancelled, Endless])
async def test_a_client_that_does_not_stop_in_order_neither_ends_nor_holds_who_stops_it(
    bootstrap: str, kind: type[AIOKafkaConsumer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.runtime.kafka_link.LEAVE_SECONDS", 0.5)
    link = KafkaLink(bootstrap)
    consumer = kind(**link.options())
    await start(consumer)
    async with asyncio.timeout(5):
        await stop(consumer, 0.2)
    await AIOKafkaConsumer.stop(consumer)
