"""HTTP/1.1 over a kept-alive connection and nothing else: about a tenth of what the server spends on a request, so
that the server is what is measured."""

import asyncio
import time
from typing import NamedTuple, cast
from urllib.parse import urlsplit
from uuid import uuid4

AT_ONCE = 64
IDLE = 3.0
"""Seconds without a request after which a connection is not used again: a proxy in between may close it sooner
than a service does."""
MOST_SHOWN = 500


class NotDone(Exception):
    """An act was refused, or its service does not answer as it should; the text says which."""


class Server(NamedTuple):
    """`named` as in a Host header."""

    host: str
    port: int
    tls: bool
    named: str


def server(url: str) -> Server:
    """Of http(s)://host:port. Raises NotDone."""
    try:
        at = urlsplit(url)
        tls, port = at.scheme == "https", at.port
    except ValueError as error:
        raise NotDone(f"{url}: {error}") from None
    if at.scheme not in ("http", "https") or at.hostname is None:
        raise NotDone(f"{url}: http://host:port is expected")
    return Server(at.hostname, port or (443 if tls else 80), tls, at.netloc)


class Connection(asyncio.Protocol):
    """One request at a time. Only for answers with a Content-Length."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._came = b""

    @staticmethod
    async def open(url: str) -> "Connection":
        """To http(s)://host:port. Raises OSError, NotDone."""
        at = server(url)
        _, opened = await asyncio.get_running_loop().create_connection(
            lambda: Connection(at.named), at.host, at.port, ssl=at.tls or None
        )
        return opened

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own does not say that it is one

    def data_received(self, data: bytes) -> None:
        self._came += data
        end = self._came.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._came[:end].lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self._came) < end + 4 + length:
            return
        status, body, self._came = int(head[9:12]), self._came[end + 4 :], b""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((status, body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server closed the connection"))

    async def post(self, path: str, token: str, body: bytes) -> bytes:
        """The answer's body, of an act under a new key. Raises NotDone, OSError."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {token}\r\n"
            f"Idempotency-Key: {uuid4().hex}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        status, answer = await self._answer
        if status >= 300:
            raise NotDone(f"{path}: {status} {answer[:MOST_SHOWN].decode(errors='replace')}")
        return answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Office:
    """Posts the acts of one unit to its service, over the connection that was used last."""

    def __init__(self, unit: str, url: str, token: str) -> None:
        self.unit = unit
        self._url = url
        self._token = token
        self._room = asyncio.Semaphore(AT_ONCE)
        self._idle: list[tuple[float, Connection]] = []

    async def post(self, path: str, body: bytes) -> bytes:
        """The answer. Who finds all connections taken waits. Raises NotDone, OSError."""
        async with self._room:
            connection = await self._connection()
            answer = await connection.post(path, self._token, body)
            self._idle.append((time.monotonic(), connection))
            return answer

    async def _connection(self) -> Connection:
        while self._idle:
            since, connection = self._idle.pop()
            if time.monotonic() - since < IDLE:
                return connection
            connection.close()
        return await Connection.open(self._url)

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[1].close()
