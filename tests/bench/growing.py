"""What is measured against the number of cases: a cost a round, on a database of so many."""

import asyncio
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.topics import Topics
from services.office import chains_api
from services.office.worklist import Filter, worklist
from services.portal.requests import known
from services.portal.tracking_keys import kept
from services.runtime.host import Host
from services.runtime.http.app import create
from services.runtime.http.server import Server
from services.runtime.issuer import issue, make_issuer
from services.runtime.log import Log
from services.runtime.metrics import Metrics
from services.runtime.statements import statement
from services.runtime.tide import Tide
from services.runtime.tokens import Actor, Verifier
from tests.bench.appending import append_for
from tests.bench.harness import Bench, Opened
from tests.bench.kafka import make_topic, send_bare
from tests.bench.receipts import UNIT, receipts
from tests.bench.relay import ELSEWHERE, drained
from tests.bench.replica import copied

ROUNDS = 5
RECORDS = 40_000
CALLERS = 256
APPENDED = 40_000
WARM_UP = 3
"""Rounds that are not counted: after a checkpoint PostgreSQL writes a page whole when it first changes."""
COPIES = itertools.count(1)
LOOKS = 300
LOOK_EVERY = 0.05
"""Seconds between two looks at how much memory a program has."""
HELD_BY = str(340405100 + 7)
Measure = Callable[[Bench, Opened, int], Awaitable[list[float]]]
"""A cost for each round; the last argument is how many cases there are."""


async def append(bench: Bench, opened: Opened, cases: int) -> list[float]:
    log = Log(opened.pool, Tide())
    log.open()
    flusher = asyncio.ensure_future(log.run())
    try:
        rounds = WARM_UP + ROUNDS
        return [1e6 / await append_for(log, deque(receipts(APPENDED)), CALLERS, 60) for _ in range(rounds)][WARM_UP:]
    finally:
        flusher.cancel()
        await asyncio.wait([flusher])


async def relay(bench: Bench, opened: Opened, cases: int) -> list[float]:
    host = Host(f"relay{cases}", "township", ELSEWHERE, "340400", Topics(""))
    await make_topic(bench, host.topics.feed("township"))
    await opened.pool.execute("update log set topic = null where topic is not null")
    return [1e6 / await drained(bench, opened, host, RECORDS) for _ in range(WARM_UP + ROUNDS)][WARM_UP:]


async def replica(bench: Bench, opened: Opened, cases: int) -> list[float]:
    found: list[float] = []
    for _ in range(WARM_UP + ROUNDS):
        host = Host("bench", "portal", frozenset({"portal"}), "340400", Topics(f"copied{next(COPIES)}."))
        feed = host.topics.feed("township")
        await make_topic(bench, feed)
        drafts = receipts(RECORDS)
        await send_bare(bench, feed, [one.stream for one in drafts], [one.rows[0].value for one in drafts])
        found.append(1e6 / await copied(bench, opened, host, feed, RECORDS))
    return found[WARM_UP:]


async def pages(bench: Bench, opened: Opened, cases: int) -> list[float]:
    """The first page of a worklist, and one from the middle of it."""
    first = await worklist(opened.pool, HELD_BY, Filter())
    stream = f"{HELD_BY}-20261101-{cases // 2:08d}"
    middle = Filter(cursor=f"{first['cases'][0]['received_at']}~{stream}")

    async def once() -> None:
        await worklist(opened.pool, HELD_BY, Filter())
        await worklist(opened.pool, HELD_BY, middle)

    return await _often(once)


async def lookups(bench: Bench, opened: Opened, cases: int) -> list[float]:
    """What tracking reads of a case, without the derivation of its code."""
    step = max(1, cases // LOOKS)
    numbers = [f"{340405100 + n % 64}-20261101-{n:08d}" for n in range(1, cases + 1, step)][:LOOKS]
    each = iter(numbers * (ROUNDS + 1))

    async def once() -> None:
        number = next(each)
        await kept(opened.pool, number)
        assert await opened.pool.fetch(statement("log/stream"), number)
        await known(opened.pool, number)

    return await _often(once)


async def _often(once: Callable[[], Awaitable[None]]) -> list[float]:
    """Microseconds each time; a round of looks beforehand is not counted."""
    found: list[float] = []
    for _ in range(ROUNDS + 1):
        begun = time.perf_counter()
        for _ in range(LOOKS):
            await once()
        found.append((time.perf_counter() - begun) / LOOKS * 1e6)
    return found[1:]


async def verified(bench: Bench, opened: Opened, cases: int) -> list[float]:
    """(microseconds an event, megabytes at most) of `sanji verify` over HTTP."""
    folder = Path(tempfile.mkdtemp(dir=bench.stack.state.folder))
    issuer = make_issuer(folder / "issuer")
    actor = Actor("O01", UNIT, None, frozenset({"operator"}))
    token = issue(issuer, actor, at=datetime.now(UTC), lifetime=timedelta(hours=5))
    app = create("bench", "0", Metrics("bench"))
    app.include_router(chains_api.routes(opened.pool, Verifier({issuer.kid: issuer.key}), frozenset()))
    server = Server(app, "127.0.0.1", 0, 5)
    serving = asyncio.ensure_future(server.serve())
    await server.started()
    try:
        begun = time.perf_counter()
        words = ["verify", f"--service=a=http://127.0.0.1:{server.port}", f"--token={token}", "--json"]
        out, peak = await asyncio.to_thread(_ran, [sys.executable, "-m", "services.cli", *words])
        said = json.loads(out)
        assert said["chains_bad"] == 0, out[:1000]
        return [(time.perf_counter() - begun) / said["records"] * 1e6, peak]
    finally:
        await server.end()
        await serving


def _ran(words: list[str]) -> tuple[bytes, float]:
    """What a program says, and the most memory that it had, in megabytes."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(words, stdout=out)
        status = Path(f"/proc/{process.pid}/status")
        most = 0.0
        while process.poll() is None:
            # What wait4 tells of a child counts the memory of who started it.
            found = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
            most = max([most, *(float(kilobytes) / 1024 for kilobytes in found)])
            time.sleep(LOOK_EVERY)
        if process.returncode:
            raise RuntimeError(f"{words[2]} ended with {process.returncode}")
        out.seek(0)
        return out.read(), most


MEASURES: dict[str, Measure] = {
    "worklist pages, µs": pages,
    "tracking lookup, µs": lookups,
    "append, 256 callers, µs/event": append,
    "replica, µs/event": replica,
    "relay, µs/event": relay,
}
