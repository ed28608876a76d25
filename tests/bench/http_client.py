"""Many requests at once over kept-alive connections: `python -m tests.bench.http_client` posts a job from its standard
input."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice

import uvloop

from services.cli.load.connection import Connection
from tests.bench.harness import settled


@dataclass(frozen=True, slots=True)
class Job:
    """Post `body` to each path once, over so many connections at a time, by turns to these ports."""

    ports: Sequence[int]
    token: str
    connections: int
    paths: Sequence[str]
    body: str


@dataclass(frozen=True, slots=True)
class Done:
    """`rate` in requests a second; `numbers` of the cases in the answers, where there are any."""

    rate: float
    numbers: list[str]


async def post_all(job: Job) -> Done:
    """Connections are opened before the time runs; each posts one after the other."""
    ports = islice(cycle(job.ports), job.connections)
    open_ = [await Connection.open(f"http://127.0.0.1:{port}") for port in ports]
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
