"""Whoever goes away in the middle of a request is no error of the service."""

import asyncio

from fastapi import Request
from fastapi.responses import Response

from services.runtime.http.app import create, json
from services.runtime.http.server import Server
from services.runtime.metrics import Metrics
from tests.journeys.waiting import until


async def test_a_request_that_is_never_whole_is_counted_as_gone_and_not_as_failed() -> None:
    metrics = Metrics("gone")
    app = create("gone", "0", metrics)

    @app.post("/papers")
    async def papers(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        return json({"bytes": len(await request.body())})

    server = Server(app, "127.0.0.1", 0, 5)
    serving = asyncio.ensure_future(server.serve())
    await server.started()
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /papers HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf of it")
        await writer.drain()
        await asyncio.sleep(0)
        writer.close()

        async def said() -> str:
            return metrics.text().decode()

        text = await until(said, lambda text: "/papers" in text, 10)
    finally:
        await server.end()
        await serving
    counted = [line for line in text.splitlines() if "/papers" in line and "_count" in line]
    assert [('"499"' in line, '"500"' in line) for line in counted] == [(True, False)], counted
