"""Cases from township to district to city and back as a load: `python -m tests.bench.end_to_end [--rates R,…]`.

The load is that of `sanji load`. A rate counts as carried when the p99 of the ways from an act's answer to its event
on the board is at most ten times that at a tenth of the rate.
"""

import argparse
import json
import logging
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncpg
import psutil
import structlog
import uvloop
from rich.console import Console
from rich.table import Table

from deploy.local import Stack
from services.cli.load.board import Board
from services.cli.load.connection import Office
from services.cli.load.life import Load, Offices, load
from tests.bench import page
from tests.bench.harness import settled
from tests.journeys.places import CITY, DATONG, REGISTRATION, SHANGYAO, tier_of
from tests.journeys.system import ROLES, System

RATES = (2.0, 4.0, 8.0, 12.0, 16.0, 24.0)
"""Cases a second."""
SECONDS = 30.0
CARRIED = 10
"""Times the p99 at a tenth of the rate."""
CASES = 15
"""At the least, at a tenth of a rate: so that its p99 is of over a hundred acts."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used up to an instant: processor seconds by program, bytes in PostgreSQL's write-ahead log, in its
    databases, and in Kafka's logs."""

    cpu: Mapping[str, float]
    wal: int
    databases: int
    kafka: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One rate. `cpu` in milliseconds an act by program; bytes an act."""

    load: Load
    cpu: Mapping[str, float]
    wal_bytes: float
    database_bytes: float
    kafka_bytes: float


async def measured_at(system: System, board: Board, rate: float, seconds: float) -> Measured:
    """One rate, and what it cost."""
    township, district, city = (
        Office(unit, system.services[tier_of(unit)].url, system.token(unit, ROLES, "A01"))
        for unit in (SHANGYAO, DATONG, CITY)
    )
    offices = Offices(township, district, city, REGISTRATION)
    settled()
    before = await spent(system)
    found = await load(offices, board, rate, seconds)
    after = await spent(system)
    offices.close()
    return Measured(
        found,
        {kind: (after.cpu[kind] - before.cpu.get(kind, 0.0)) * 1000 / found.acts for kind in after.cpu},
        (after.wal - before.wal) / found.acts,
        (after.databases - before.databases) / found.acts,
        (after.kafka - before.kafka) / found.acts,
    )


async def spent(system: System) -> Spent:
    cpu = {name: _cpu(service.process.pid) for name, service in system.services.items() if service.process is not None}
    mark = system.stack.state.kept.mark
    for process in psutil.process_iter(["cmdline", "ppid"]):
        words = " ".join(process.info["cmdline"] or ())
        if "kafka.Kafka" in words and mark in words:
            cpu["kafka"] = _cpu(process.pid)
        elif "bin/postgres -D" in words and mark in words:
            cpu["postgres"] = _cpu(process.pid, whole=True)
    wal, databases = 0, 0
    for service in system.services.values():
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(service.dsn)
        try:
            wal = await connection.fetchval("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")
            databases += await connection.fetchval("select pg_database_size(current_database())")
        finally:
            await connection.close()
    folder = system.stack.state.folder
    kafka = sum(file.stat().st_size for file in folder.rglob("*.log") if f"{system.prefix}" in file.parent.name)
    return Spent(cpu, wal, databases, kafka)


def _cpu(pid: int, *, whole: bool = False) -> float:
    """Processor seconds of a program; `whole`: with its children, those that ended included."""
    process = psutil.Process(pid)
    found = process.cpu_times()
    total = found.user + found.system
    if whole:
        total += found.children_user + found.children_system
        for child in process.children(recursive=True):
            try:
                now = child.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += now.user + now.system
    return total


async def measured(
    stack: Stack, folder: Path, rates: Sequence[float], seconds: float, console: Console
) -> list[tuple[Measured, Measured]]:
    """Each rate after a tenth of it, until one is not carried."""
    found: list[tuple[Measured, Measured]] = []
    async with System(stack, folder, "load", over=None) as system:
        await system.at_rest()
        async with Board(system.services["portal"].url).listening() as board:
            with console.status("warming up") as status:
                await measured_at(system, board, 2.0, 10.0)
                for rate in rates:
                    status.update(f"{rate / 10:g} cases a second")
                    tenth = await measured_at(system, board, rate / 10, max(seconds, CASES / (rate / 10)))
                    status.update(f"{rate:g} cases a second")
                    found.append((tenth, await measured_at(system, board, rate, seconds)))
                    if not carried(*found[-1]):
                        break
    return found


def carried(tenth: Measured, whole: Measured) -> bool:
    return whole.load.left == 0 and whole.load.ways["p99"] <= CARRIED * tenth.load.ways["p99"]


def _table(found: Sequence[tuple[Measured, Measured]]) -> Table:
    table = Table(title="Township, district, city and back as a load; milliseconds")
    for column in ("cases/s", "acts", "to the board p50", "p90", "p99", "p99 at a tenth", "act p50", "p99", "CPU/act",
                   "WAL/act", "Kafka/act", "carried"):  # fmt: skip
        table.add_column(column, justify="right")
    for tenth, whole in found:
        way, wait = whole.load.ways, whole.load.waits
        table.add_row(
            f"{whole.load.rate:g}", f"{whole.load.acts}", *(f"{way[p]:.1f}" for p in ("p50", "p90", "p99")),
            f"{tenth.load.ways['p99']:.1f}", f"{wait['p50']:.1f}", f"{wait['p99']:.1f}",
            f"{sum(whole.cpu.values()):.2f}", f"{whole.wal_bytes:,.0f} B", f"{whole.kafka_bytes:,.0f} B",
            "yes" if carried(tenth, whole) else "no",
        )  # fmt: skip
    return table


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m tests.bench.end_to_end", description=__doc__)
    words.add_argument("--rates", default=",".join(f"{rate:g}" for rate in RATES), help="cases a second, rising")
    words.add_argument("--seconds", type=float, default=SECONDS, help="how long each rate lasts (30)")
    words.add_argument("--page", type=Path, help="write a page with a plot to this file too")
    words.add_argument("--json", action="store_true", help="print all that was measured as one object")
    said = words.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console(stderr=said.json, width=None if sys.stdout.isatty() else 170)
    rates = [float(rate) for rate in said.rates.split(",")]
    folder = Path(tempfile.mkdtemp(prefix="sanji-bench-"))
    folder.chmod(0o711)
    stack = Stack(folder)
    try:
        stack.start()
        found = uvloop.run(measured(stack, folder / "system", rates, said.seconds, console))
    finally:
        stack.discard()
    if said.page is not None:
        measured_ = [one for pair in found for one in pair]
        ways = {
            f"to the board {p}": sorted((one.load.rate, one.load.ways[p]) for one in measured_) for p in ("p50", "p99")
        }
        plot = page.lines("Milliseconds from an act's answer to the board", "cases a second", ways)
        page.write(said.page, "Sanji: cases through all three levels as a load", "tests.bench.end_to_end", [plot])
    if said.json:
        print(json.dumps([{"tenth": asdict(tenth), "whole": asdict(whole)} for tenth, whole in found]))
    else:
        console.print(_table(found))
    best = max((whole.load.rate for tenth, whole in found if carried(tenth, whole)), default=None)
    console.print(f"highest rate carried: {best:g} cases a second" if best else "no rate was carried")


if __name__ == "__main__":
    main()
