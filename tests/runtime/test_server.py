"""How a service keeps the connections of those who ask it."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from services.runtime.http.server import Server


async def test_a_clients_own_patience_ends_before_the_service_closes_a_connection_that_is_idle() -> None:
    server = Server(FastAPI(), "127.0.0.1", 0, 1)
    serving = asyncio.create_task(server.serve())
    await server.started()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(b"GET /nothing HTTP/1.1\r\nHost: here\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 404")
        await reader.readuntil(b"}")
        kept = httpx.Limits().keepalive_expiry
        assert kept is not None
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(), kept + 1)
    finally:
        writer.close()
        await server.end()
        await serving
