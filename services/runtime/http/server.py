"""uvicorn beside the service's other loops, with a stop that lets acts in flight finish."""

import asyncio
import contextlib
import socket
from collections.abc import Generator

import uvicorn
from fastapi import FastAPI

IDLE = 75
"""Seconds that a connection is kept when nothing is asked on it. Clients and proxies keep theirs for up to 60: the side
that sends has to be the first to give one up, or its request meets a connection that is just being closed."""


class _Server(uvicorn.Server):
    """Leaves the signals alone: the composition root decides in which order things stop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


class Server:
    """`serve` runs until `end`; then it answers what is in flight and returns. Raises OSError when it has no port."""

    def __init__(self, app: FastAPI, host: str, port: int, stop_seconds: float) -> None:
        self._socket = socket.create_server((host, port), family=_family(host), backlog=2048)
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_keep_alive=IDLE,
            timeout_graceful_shutdown=max(1, int(stop_seconds)),
            server_header=False,
            date_header=False,
        )
        self._server = _Server(config)
        self._ended = asyncio.Event()
        self.stopping = asyncio.Event()
        """Set when the stop begins: open event streams end on it, or they would hold the stop."""

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._socket.getsockname()[1])

    async def serve(self) -> None:
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            self._ended.set()

    async def started(self) -> None:
        """Returns once it listens."""
        await self._server.listening.wait()

    async def end(self) -> None:
        """Takes no new requests and returns when those in flight are answered, or their time is up."""
        self.stopping.set()
        self._server.should_exit = True
        await self._ended.wait()


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
