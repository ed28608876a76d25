"""Commands over HTTP by 64 connections to two processes of a service on one database, against one process alone."""

import contextlib
from collections.abc import AsyncIterator, Sequence

import httpx

from deploy.local.ports import free_port
from tests.bench.harness import Bench, Figure, Row, Side
from tests.bench.http_act import ACTS, CONNECTIONS, RECEIPT
from tests.bench.http_client import Job, post_elsewhere
from tests.bench.running import at_rest, beside, running
from tests.journeys.places import SHANGYAO
from tests.journeys.system import System


@contextlib.asynccontextmanager
async def sides(bench: Bench) -> AsyncIterator[tuple[Side, Side]]:
    acts = int(ACTS * bench.scale)
    async with running(bench, "township") as system:
        service = system.services["township"]
        token = system.token(SHANGYAO, ("clerk",), "A01")

        async def posted(*ports: int) -> list[float]:
            receiving = await post_elsewhere(Job(ports, token, CONNECTIONS, ["/api/v1/cases"] * acts, RECEIPT))
            await at_rest(system, service)
            paths = [f"/api/v1/cases/{number}/accept" for number in receiving.numbers]
            accepting = await post_elsewhere(Job(ports, token, CONNECTIONS, paths, "{}"))
            await at_rest(system, service)
            return [receiving.rate, accepting.rate]

        async def ours() -> Sequence[float]:
            async with second(system, "township") as port:
                return await posted(service.port, port)

        async def reference() -> Sequence[float]:
            return await posted(service.port)

        yield ours, reference


@contextlib.asynccontextmanager
async def second(system: System, tier: str) -> AsyncIterator[int]:
    """The port of a second process of this service, ready."""
    port = free_port()
    log = system.services[tier].log.with_name(f"{tier}-second.log")

    async def ready() -> bool:
        try:
            return (await system.http.get(f"http://127.0.0.1:{port}/readyz")).json()["ready"]
        except httpx.TransportError:
            return False

    async with beside(system.command(tier), log, system.environment(tier, PORT=str(port)), ready):
        yield port


ROW = Row(
    "processes",
    (
        Figure("two processes of a service, receive", "one process", "acts/s", None),
        Figure("two processes of a service, accept", "one process", "acts/s", None),
    ),
    sides,
    needs_kafka=True,
)
