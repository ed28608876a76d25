"""From the answer of an act to its event on the board's stream, against Kafka's own way from producer to consumer."""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiokafka

from services.cli.load.connection import Connection
from tests.bench.harness import Bench, Figure, Row, Side, settled
from tests.bench.http_client import number_in
from tests.bench.kafka import link, make_topic
from tests.bench.receipts import receipts
from tests.bench.running import running
from tests.journeys.clerk import receipt
from tests.journeys.places import SHANGYAO
from tests.journeys.system import System
from tests.journeys.waiting import until

A_SECOND = 100
ACTS = 6_000
CONNECTIONS = 64
BESIDE = 25
"""Cases that go on beside each other: an act follows the one before it on its case after a quarter of a second."""
LIFE: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("", receipt(), "CaseReceived"),
    ("/accept", {}, "CaseAccepted"),
    ("/start-step", {"step": "review"}, "StepStarted"),
    ("/complete-step", {"step": "review", "outcome": "done"}, "StepCompleted"),
)
Times = dict[Any, float]


@contextlib.asynccontextmanager
async def sides(bench: Bench) -> AsyncIterator[tuple[Side, Side]]:
    acts = int(ACTS * bench.scale) // (BESIDE * len(LIFE)) * BESIDE * len(LIFE)
    await make_topic(bench, "bare.round")
    async with running(bench, "township", "portal") as system:

        async def ours() -> list[float]:
            return await acted(system, acts)

        async def reference() -> list[float]:
            return await round_trips(bench, acts)

        yield ours, reference


async def acted(system: System, acts: int) -> list[float]:
    """p50 and p99 in milliseconds."""
    token = system.token(SHANGYAO, ("clerk",), "A01")
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await Connection.open(system.services["township"].url))
    numbers: list[asyncio.Future[str]] = [asyncio.get_running_loop().create_future() for _ in range(acts // len(LIFE))]
    answered: Times = {}
    seen: Times = {}

    async def act(place: int) -> None:
        block, within = divmod(place, BESIDE * len(LIFE))
        step, number = within // BESIDE, numbers[block * BESIDE + within % BESIDE]
        route, body, event = LIFE[step]
        path = "/api/v1/cases" if step == 0 else f"/api/v1/cases/{await number}{route}"
        connection = await free.get()
        answer = await connection.post(path, token, json.dumps(body).encode())
        now = time.perf_counter()
        free.put_nowait(connection)
        if step == 0:
            number.set_result(number_in(answer) or "")
        answered[number.result(), f"sanji.case.{event}.v1"] = now

    listening = asyncio.ensure_future(listen(system.services["portal"].port, seen))
    try:
        await until(lambda: _now(len(seen)), bool, 30)
        await openly(act, acts)
        await until(lambda: _now(answered.keys() - seen.keys()), lambda left: not left, 60)
    finally:
        listening.cancel()
        await asyncio.wait([listening])
        while not free.empty():
            free.get_nowait().close()
    return percentiles(answered, seen)


async def _now(value: Any) -> Any:
    return value


async def listen(port: int, seen: Times) -> None:
    """When each event came, by number and type; the first tick too, by itself."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        while line := await reader.readline():
            if line.startswith(b"data: {"):
                said = json.loads(line[6:])
                seen[said.get("number"), said.get("type")] = time.perf_counter()
        raise ConnectionError("the board's stream ended")
    finally:
        writer.close()


async def round_trips(bench: Bench, records: int) -> list[float]:
    """p50 and p99 in milliseconds from a producer told as ours is to a consumer with nothing behind it."""
    values = [draft.rows[0].value for draft in receipts(records)]
    sent: Times = {}
    seen: Times = {}
    made: Any = aiokafka
    producer: Any = made.AIOKafkaProducer(acks="all", enable_idempotence=True, linger_ms=0, **link(bench).options())
    consumer: Any = made.AIOKafkaConsumer("bare.round", auto_offset_reset="latest", **link(bench).options())

    async def consume() -> None:
        async for record in consumer:
            seen[int(record.key)] = time.perf_counter()

    async def send(place: int) -> None:
        sent[place] = time.perf_counter()
        await producer.send_and_wait("bare.round", values[place], key=b"%d" % place)

    async with producer, consumer:
        for at in consumer.assignment():
            await consumer.position(at)
        consuming = asyncio.ensure_future(consume())
        try:
            await openly(send, records)
            await until(lambda: _now(sent.keys() - seen.keys()), lambda left: not left, 60)
        finally:
            consuming.cancel()
            await asyncio.wait([consuming])
    return percentiles(sent, seen)


async def openly(do: Callable[[int], Awaitable[None]], many: int) -> None:
    """A_SECOND times a second on average, at times that depend on nothing (exponential gaps), however long each takes;
    the same times for both sides of a round."""
    chance = random.Random(many)
    settled()
    begun, due = time.perf_counter(), 0.0
    async with asyncio.TaskGroup() as group:
        for place in range(many):
            due += chance.expovariate(A_SECOND)
            await asyncio.sleep(begun + due - time.perf_counter())
            group.create_task(_done(do, place))


async def _done(do: Callable[[int], Awaitable[None]], place: int) -> None:
    await do(place)


def percentiles(begun: Times, ended: Times) -> list[float]:
    took = sorted((ended[key] - at) * 1000 for key, at in begun.items())
    return [took[len(took) // 2], took[len(took) * 99 // 100]]


WAY = "bare produce to consume, acks=all"
ROW = Row(
    "commit_to_board",
    (
        Figure("answer to board, p50 at 100/s", WAY, "ms", 2.5, "at most"),
        Figure("answer to board, p99 at 100/s", WAY, "ms", 3.0, "at most"),
    ),
    sides,
    needs_kafka=True,
)
