"""HTTP/1.1 over a few kept-alive connections to one service, and nothing else: whoever asks shares two cores with
everything that is asked."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast
from urllib.parse import urlsplit

IDLE = 3.0
"""Seconds after which a connection is not used again: the services close theirs after five."""


class Silent(Exception):
    """No whole answer came, and what was asked may be done or not; the text says what was seen instead."""


class Wire:
    """To one service, over at most so many connections. `address`: its URL now. `seconds`: patience for one answer."""

    def __init__(self, address: Callable[[], str], connections: int, seconds: float) -> None:
        self._address = address
        self._seconds = seconds
        self._turns = asyncio.Semaphore(connections)
        self._idle: list[_Connection] = []

    @asynccontextmanager
    async def turn(self) -> AsyncIterator["Wire"]:
        """Waits until one of the connections is free for one `ask`."""
        async with self._turns:
            yield self

    async def ask(self, method: str, path: str, headers: str, body: bytes) -> tuple[int, bytes]:
        """Status and body. `headers`: whole lines. Raises Silent."""
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        connection: _Connection | None = None
        try:
            async with asyncio.timeout(self._seconds):
                connection = self._kept() or await self._open()
                answer = await connection.ask(head.encode() + body)
        except TimeoutError:
            raise Silent("NoAnswer" if connection else "NoConnection") from None
        except (OSError, ValueError) as error:
            raise Silent(type(error).__name__) from None
        else:
            self._idle.append(connection)
            connection = None
            return answer
        finally:
            if connection is not None:
                connection.close()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _kept(self) -> "_Connection | None":
        """The one that was used last, so that those not needed grow old."""
        while self._idle:
            connection = self._idle.pop()
            if connection.fresh:
                return connection
            connection.close()
        return None

    async def _open(self) -> "_Connection":
        address = urlsplit(self._address())
        loop = asyncio.get_running_loop()
        _, opened = await loop.create_connection(_Connection, address.hostname or "", address.port or 80)
        return opened


class _Connection(asyncio.Protocol):
    """One request at a time. Only for answers with a Content-Length, as those of the services are."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._came = bytearray()
        self._used = time.monotonic()

    @property
    def fresh(self) -> bool:
        open_ = self._transport is not None and not self._transport.is_closing()
        return open_ and time.monotonic() - self._used < IDLE

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Raises OSError when the connection is lost, ValueError for what is no HTTP answer with a length."""
        if self._transport is None:
            raise ConnectionError("lost before it was used")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        answer = await self._answer
        self._used = time.monotonic()
        return answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own does not say that it is one

    def data_received(self, data: bytes) -> None:
        self._came += data
        end = self._came.find(b"\r\n\r\n")
        if end < 0 or self._answer is None or self._answer.done():
            return
        head = bytes(self._came[:end]).lower()
        try:
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            status = int(head[9:12])
        except ValueError as error:
            self._answer.set_exception(error)
            return
        if len(self._came) >= end + 4 + length:
            body = bytes(self._came[end + 4 : end + 4 + length])
            self._came.clear()
            self._answer.set_result((status, body))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("closed by the service"))
