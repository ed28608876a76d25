"""`python -m tests.bench.empty_post PORT ISSUER_KEYS`: the services' application with routes that read the token and
parse the body as the acts of the same address do, and do nothing."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path

import uvloop
from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.office.bodies import BODIES, Receive
from services.office.body import ActBody
from services.office.openapi import Direct
from services.runtime.http.app import create, json
from services.runtime.http.reading import parsed, person, raw
from services.runtime.http.server import Server
from services.runtime.issuer import read_issuer_keys
from services.runtime.logging import configure
from services.runtime.metrics import Metrics
from services.runtime.running import run_together, stop_on_signals
from services.runtime.tokens import Verifier


async def run(port: int, issuer_keys: Path) -> None:
    configure("empty", "info")
    verifier = Verifier(read_issuer_keys(issuer_keys))

    def doing_nothing(model: type[ActBody]) -> Callable[[Request], Awaitable[Response]]:
        async def nothing(request: Request) -> Response:
            person(request, verifier)
            parsed(model, await raw(request))
            return json({})

        return nothing

    app = create("Sanji · empty", version("sanji"), Metrics("empty"))
    router = APIRouter(prefix="/api/v1")
    router.add_api_route("/cases", doing_nothing(Receive), methods=["POST"], route_class_override=Direct)
    accept = doing_nothing(BODIES["accept"])
    router.add_api_route("/cases/{number}/accept", accept, methods=["POST"], route_class_override=Direct)
    app.include_router(router)
    server = Server(app, "127.0.0.1", port, 5)
    stop = asyncio.Event()
    stop_on_signals(stop)
    await run_together([{"http": server.serve}], stop, server.end)


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1]), Path(sys.argv[2])))
