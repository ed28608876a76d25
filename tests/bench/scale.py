"""What things cost when there are many cases: `python -m tests.bench.scale [--sizes N,…] [--full] [--rows NAME,…]`.

Each size is a database of its own with so many cases, one event each; the smallest is the reference. Shown is cost
against that of the smallest, measured just before, the median of the rounds, with its spread: 1 means that it does not
grow. The first rounds are not counted. What appends makes the smallest one larger: it ends with some 300,000.
"""

import argparse
import json
import logging
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog
import uvloop
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from deploy.local import Stack
from services.office.case_view import CaseView
from services.runtime.rebuild import rebuild
from tests.bench import page, service_memory
from tests.bench.growing import MEASURES, Measure, verified
from tests.bench.harness import Bench, Opened
from tests.bench.receipts import MORNING, UNIT, receipts

SIZES = (10_000, 100_000, 1_000_000)
FULL = (*SIZES, 10_000_000)
AT_ONCE = 100_000
"""Cases that are written in one statement."""
LARGE = {"shared_buffers": "4GB", "max_wal_size": "16GB"}
"""PostgreSQL as its manual advises for a large database: indexes lie in its memory, and checkpoints come by time."""
FOLDERS = tuple(
    Path(__file__).parents[2] / "services" / part / "migrations" for part in ("runtime", "office", "portal")
)
VERIFY, MEMORY = "verify", "memory of a tier service, MB"
TARGETS = {"worklist": 1.5, "tracking": 1.5, "append": 1.2, "replica": 1.2, "relay": 1.2, MEMORY: 1.2}
"""How much each may grow at most, by how its name begins."""
FILL = Path(__file__).with_name("many_cases.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Grown:
    """Of one size: cost of a unit of work (the unit in `what`), against the smallest size; lowest and highest of the
    rounds. `target`: how much it may grow at most; None where nothing is promised."""

    what: str
    cases: int
    cost: float
    growth: float
    spread: tuple[float, float]
    target: float | None
    holds: bool | None


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
    growth = cost / base
    target = next((most for name, most in TARGETS.items() if what.startswith(name)), None)
    holds = None if target is None else growth <= target
    return Grown(what, cases, cost, growth, (min(found) / base, max(found) / base), target, holds)


def _table(found: Sequence[Grown]) -> Table:
    table = Table(title="Cost against the number of cases; medians, growth against the smallest")
    for column in ("what", "cases", "cost", "growth", "spread", "target", "holds"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for one in found:
        low, high = one.spread
        table.add_row(
            one.what, f"{one.cases:,}", f"{one.cost:,.1f}", f"{one.growth:.2f}", f"{low:.2f} to {high:.2f}",
            "" if one.target is None else f"≤ {one.target}", {None: "", True: "holds", False: "no"}[one.holds],
        )  # fmt: skip
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
