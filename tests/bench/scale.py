"""What things cost when there are many cases: `python -m tests.bench.scale [--sizes N,…] [--full] [--rows NAME,…]`.

Each size is a database of its own with so many cases, one event each; the smallest is the reference. Shown is cost
against that of the smallest, measured just before, the median of the rounds, with its spread: 1 means that it does not
grow. The first rounds are not counted. What appends makes the smallest one larger: it ends with some 300,000.
"""

import argparse
import asyncio
import itertools
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
import uvloop
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from contracts.topics import Topics
from deploy.local import Stack
from services.office import chains_api
from services.office.case_view import CaseView
from services.office.worklist import Filter, worklist
from services.portal.requests import known
from services.portal.tracking_keys import kept
from services.runtime.host import Host
from services.runtime.http.app import create
from services.runtime.http.server import Server
from services.runtime.issuer import issue, make_issuer
from services.runtime.log import Log
from services.runtime.metrics import Metrics
from services.runtime.rebuild import rebuild
from services.runtime.statements import statement
from services.runtime.tide import Tide
from services.runtime.tokens import Actor, Verifier
from tests.bench import page, service_memory
from tests.bench.appending import append_for
from tests.bench.harness import Bench, Opened
from tests.bench.kafka import make_topic, send_bare
from tests.bench.receipts import MORNING, UNIT, receipts
from tests.bench.relay import ELSEWHERE, drained
from tests.bench.replica import copied

SIZES = (10_000, 100_000, 1_000_000)
FULL = (*SIZES, 10_000_000)
ROUNDS = 5
AT_ONCE = 100_000
"""Cases that are written in one statement."""
RECORDS = 40_000
CALLERS = 256
APPENDED = 40_000
WARM_UP = 3
"""Rounds that are not counted: after a checkpoint PostgreSQL writes a page whole when it first changes."""
COPIES = itertools.count(1)
LOOKS = 300
LOOK_EVERY = 0.05
"""Seconds between two looks at how much memory a program has."""
LARGE = {"shared_buffers": "4GB", "max_wal_size": "16GB"}
"""PostgreSQL as its manual advises for a large database: indexes lie in its memory, and checkpoints come by time."""
FOLDERS = tuple(
    Path(__file__).parents[2] / "services" / part / "migrations" for part in ("runtime", "office", "portal")
)
FILL = Path(__file__).with_name("many_cases.sql").read_text(encoding="utf-8")
HELD_BY = str(340405100 + 7)


@dataclass(frozen=True, slots=True)
class Grown:
    """Of one size: cost of a unit of work (the unit in `what`), against the smallest size; lowest and highest of the
    rounds."""

    what: str
    cases: int
    cost: float
    growth: float
    spread: tuple[float, float]


Measure = Callable[[Bench, Opened, int], Awaitable[list[float]]]
"""A cost for each round; the last argument is how many cases there are."""


async def fill(opened: Opened, cases: int, heard: Callable[[int], None]) -> None:
    """So many cases in the log and in the view of cases, every follower past them."""
    (draft,) = receipts(1)
    row = draft.rows[0]
    told = (row.value.decode(), draft.stream, UNIT, row.command.hex(), row.type, MORNING)
    for first in range(1, cases + 1, AT_ONCE):
        last = min(first + AT_ONCE - 1, cases)
        await opened.pool.execute(FILL, first, last, *told, timeout=600)
        await opened.pool.execute("update log_head set pos = $1", last)
        heard(last)
    await opened.pool.execute("vacuum analyze log", timeout=3600)
    await rebuild(opened.pool, CaseView())
    await opened.pool.execute("vacuum analyze cases", timeout=3600)


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
VERIFY, MEMORY = "verify", "memory of a tier service, MB"


async def measured(bench: Bench, sizes: Sequence[int], rows: tuple[str, ...], console: Console) -> list[Grown]:
    """Only rows whose names begin with one of `rows`."""
    smallest = sizes[0]
    grown: list[Grown] = []

    def keep(one: Grown) -> Grown:
        """Said at once, too: ten million take an hour."""
        grown.append(one)
        console.print(f"{one.cases:>12,}  {one.what}: {one.cost:,.1f}, grown {one.growth:.2f}", highlight=False)
        return one

    first: dict[str, float] = {}
    wanted = {name: measure for name, measure in MEASURES.items() if name.startswith(rows)}
    for cases in sizes:
        if wanted or VERIFY.startswith(rows):
            async with bench.database(FOLDERS) as opened:
                with Progress(console=console) as progress:
                    task = progress.add_task(f"{cases:,} cases", total=cases)
                    await fill(opened, cases, lambda n, t=task, progress=progress: progress.update(t, completed=n))
                with console.status("") as status:
                    for name, measure in wanted.items():
                        status.update(f"{cases:,} cases: {name}")
                        keep(await _beside(name, measure, bench, opened, (smallest, cases)))
                    if VERIFY.startswith(rows):
                        status.update(f"{cases:,} cases: verify")
                        microseconds, megabytes = await verified(bench, opened, cases)
                        for name, cost in ((f"{VERIFY}, µs/event", microseconds), (f"{VERIFY}, memory, MB", megabytes)):
                            keep(_grown(name, cases, [cost], [first.setdefault(name, cost)]))
        if MEMORY.startswith(rows):
            with console.status("") as status:
                cost = await service_memory.most(bench, cases, status.update)
                keep(_grown(MEMORY, cases, [cost], [first.setdefault(MEMORY, cost)]))
    return grown


async def _beside(name: str, measure: Measure, bench: Bench, opened: Opened, sizes: tuple[int, int]) -> Grown:
    """Of the larger size, against the smaller one measured just before on a database that nothing was done with."""
    smallest, cases = sizes
    if cases == smallest:
        found = await measure(bench, opened, cases)
        return _grown(name, cases, found, found)
    async with bench.database(FOLDERS) as small:
        await fill(small, smallest, lambda n: None)
        reference = await measure(bench, small, smallest)
    return _grown(name, cases, await measure(bench, opened, cases), reference)


def _grown(what: str, cases: int, found: Sequence[float], smallest: Sequence[float]) -> Grown:
    base = statistics.median(smallest)
    cost = statistics.median(found)
    return Grown(what, cases, cost, cost / base, (min(found) / base, max(found) / base))


def _table(found: Sequence[Grown]) -> Table:
    table = Table(title="Cost against the number of cases; medians, growth against the smallest")
    for column in ("what", "cases", "cost", "growth", "spread"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for one in found:
        low, high = one.spread
        table.add_row(one.what, f"{one.cases:,}", f"{one.cost:,.1f}", f"{one.growth:.2f}", f"{low:.2f} to {high:.2f}")
    return table


def _whats(found: Sequence[Grown]) -> Sequence[str]:
    return list(dict.fromkeys(one.what for one in found))


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    words.add_argument("--sizes", help="numbers of cases, rising, separated by commas")
    words.add_argument("--full", action="store_true", help="up to ten million cases: some 15 GB of disk")
    words.add_argument("--rows", default="", help="names of rows, or how they begin, separated by commas")
    words.add_argument("--page", type=Path, help="write a page with a plot to this file too")
    words.add_argument("--json", action="store_true", help="print a list of objects instead of the table")
    said = words.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console(stderr=said.json, width=None if sys.stdout.isatty() else 120)
    sizes = [int(size) for size in said.sizes.split(",")] if said.sizes else list(FULL if said.full else SIZES)
    folder = Path(tempfile.mkdtemp(prefix="sanji-bench-"))
    folder.chmod(0o711)
    stack = Stack(folder, settings=LARGE)
    try:
        stack.start()
        found = uvloop.run(measured(Bench(stack, 1.0), sizes, tuple(said.rows.split(",")), console))
    finally:
        stack.discard()
    if said.page is not None:
        growth = {what: [(float(one.cases), one.growth) for one in found if one.what == what] for what in _whats(found)}
        plot = page.lines("Cost against that of the smallest", "cases", growth)
        page.write(said.page, "Sanji: what things cost when there are many cases", "tests.bench.scale", [plot])
    if said.json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False))
    else:
        console.print(_table(found))


if __name__ == "__main__":
    main()
