"""Commands over HTTP by 64 connections to a service as it runs, against the same application doing nothing."""

import contextlib
import json
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from deploy.local.ports import free_port
from deploy.local.processes import child_environment
from services.cli.load.connection import Connection
from tests.bench.harness import Bench, Figure, Row, Side
from tests.bench.http_client import Job, post_elsewhere
from tests.bench.running import at_rest, beside, issuer_keys, running
from tests.journeys.clerk import receipt
from tests.journeys.places import SHANGYAO
from tests.journeys.system import System

CONNECTIONS = 64
ACTS = 15_000
RECEIPT = json.dumps(receipt(), ensure_ascii=False)
NUMBER = f"{SHANGYAO}-20261122-0001"


@contextlib.asynccontextmanager
async def sides(bench: Bench) -> AsyncIterator[tuple[Side, Side]]:
    acts = int(ACTS * bench.scale)
    async with running(bench, "township") as system, empty(bench, system) as empty_port:
        service = system.services["township"]
        token = system.token(SHANGYAO, ("clerk",), "A01")

        async def posted(port: int, paths: Sequence[str], body: str) -> tuple[float, list[str]]:
            done = await post_elsewhere(Job([port], token, CONNECTIONS, paths, body))
            return done.rate, done.numbers

        async def ours() -> list[float]:
            receiving, numbers = await posted(service.port, ["/api/v1/cases"] * acts, RECEIPT)
            await at_rest(system, service)
            accepting, _ = await posted(service.port, [f"/api/v1/cases/{n}/accept" for n in numbers], "{}")
            await at_rest(system, service)
            return [receiving, accepting]

        async def reference() -> list[float]:
            receiving, _ = await posted(empty_port, ["/api/v1/cases"] * acts, RECEIPT)
            accepting, _ = await posted(empty_port, [f"/api/v1/cases/{NUMBER}/accept"] * acts, "{}")
            return [receiving, accepting]

        yield ours, reference


@contextlib.asynccontextmanager
async def empty(bench: Bench, system: System) -> AsyncIterator[int]:
    """The port of an application that does nothing, for tokens of this system."""
    port = free_port()
    keys = issuer_keys(system)
    environment = child_environment(PYTHONPATH=str(Path(__file__).parents[2]))
    mark = f"--mark={bench.stack.state.kept.mark}"
    words = [sys.executable, "-m", "tests.bench.empty_post", str(port), str(keys), mark]

    async def answers() -> bool:
        with contextlib.suppress(OSError):
            (await Connection.open(f"http://127.0.0.1:{port}")).close()
            return True
        return False

    async with beside(words, keys.with_name("empty.log"), environment, answers):
        yield port


ROW = Row(
    "http_act",
    (
        Figure("command over HTTP, receive", "the same POST, parsed and doing nothing", "acts/s", 0.65),
        Figure("command over HTTP, accept", "the same POST, parsed and doing nothing", "acts/s", 0.65),
    ),
    sides,
    needs_kafka=True,
)
