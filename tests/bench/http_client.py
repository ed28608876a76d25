"""HTTP/1.1 over a kept-alive connection and nothing else: about a tenth of what the server spends on a request, so
that the server is what is measured. `python -m tests.bench.http_client` posts a job from its standard input."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast
from uuid import uuid4

import uvloop

from tests.bench.harness import settled


@dataclass(frozen=True, slots=True)
class Job:
    """Post `body` to each path once, over so many connections at a time."""

    port: int
    token: str
    connections: int
    paths: Sequence[str]
    body: str


@dataclass(frozen=True, slots=True)
class Done:
    """`rate` in requests a second; `numbers` of the cases in the answers, where there are any."""

    rate: float
    numbers: list[str]


class Connection(asyncio.Protocol):
    """One request at a time. Only for answers with a Content-Length."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._came = b""

    @staticmethod
    async def open(port: int) -> "Connection":
        _, opened = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
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
        """The answer's body, of an act under a new key. Raises RuntimeError when it was not done, OSError."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            f"Idempotency-Key: {uuid4().hex}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        status, answer = await self._answer
        if status >= 300:
            raise RuntimeError(f"{path}: {status} {answer[:500]!r}")
        return answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def post_all(job: Job) -> Done:
    """Connections are opened before the time runs; each posts one after the other."""
    open_ = [await Connection.open(job.port) for _ in range(job.connections)]
    paths, body, answers = iter(job.paths), job.body.encode(), list[bytes]()

    async def caller(connection: Connection, left: Iterator[str]) -> None:
        for path in left:
            answers.append(await connection.post(path, job.token, body))

    settled()
    begun = time.perf_counter()
    await asyncio.gather(*(caller(connection, paths) for connection in open_))
    seconds = time.perf_counter() - begun
    for connection in open_:
        connection.close()
    return Done(len(job.paths) / seconds, list(filter(None, map(number_in, answers))))


def number_in(answer: bytes) -> str | None:
    """Of the case that this answer shows."""
    said: Mapping[str, Mapping[str, str]] = json.loads(answer)
    return said["case"]["number"] if "case" in said else None


async def post_elsewhere(job: Job) -> Done:
    """`post_all` by a process of its own, so that nothing of it is done on the time of who measures."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.http_client", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate(json.dumps(asdict(job)).encode())
    if process.returncode:
        raise RuntimeError("the load could not be posted")
    return Done(**json.loads(out))


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(post_all(Job(**json.load(sys.stdin)))))))
