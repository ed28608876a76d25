"""Cases from township to district to city and back as a load: `python -m tests.bench.end_to_end [--rates R,…]`.

The model is open: cases arrive at random instants at a fixed mean rate, whatever became of those before, so whoever
waits is counted. Each office acts on a case as soon as the board shows that it arrived there. An act's way is from its
answer to its event on the board. A rate counts as carried when the p99 of these ways is at most ten times that at a
tenth of it.
"""

import argparse
import asyncio
import json
import logging
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import structlog
import uvloop
from rich.console import Console
from rich.table import Table

from deploy.local import Stack
from tests.bench.harness import settled
from tests.bench.http_client import Connection, number_in
from tests.journeys.clerk import receipt
from tests.journeys.places import CITY, DATONG, SHANGYAO, tier_of
from tests.journeys.system import ROLES, System

RATES = (2.0, 4.0, 8.0, 12.0, 16.0, 24.0)
"""Cases a second."""
SECONDS = 30.0
CONNECTIONS = 64
"""To each service; who finds none free waits, and that is counted."""
IDLE = 3.0
"""Seconds without a request after which a connection is not used again: the services close theirs after five."""
DRAINED_WITHIN = 120.0
CARRIED = 10
"""Times the p99 at a tenth of the rate."""
CASES = 15
"""At the least, at a tenth of a rate: so that its p99 is of over a hundred acts."""
ARRIVED = "HandoverArrived"
LIFE: tuple[tuple[str, str, Mapping[str, Any], str], ...] = (
    (SHANGYAO, "", receipt(), "CaseReceived"),
    (SHANGYAO, "accept", {}, "CaseAccepted"),
    (SHANGYAO, "refer", {"to": DATONG, "kind": "forward_up", "reason": "route"}, "CaseReferred"),
    (DATONG, "acknowledge", {}, "ReferralAcknowledged"),
    (DATONG, "complete-step", {"step": "review", "outcome": "passed"}, "StepCompleted"),
    (DATONG, "refer", {"to": CITY, "kind": "forward_up", "reason": "route"}, "CaseReferred"),
    (CITY, "acknowledge", {}, "ReferralAcknowledged"),
    (CITY, "decide", {"outcome": "granted"}, "CaseDecided"),
    (CITY, "conclude", {"outcome": "issued"}, "CaseConcluded"),
    (CITY, "return", {"to": SHANGYAO, "purpose": "deliver_result"}, "CaseReturned"),
    (SHANGYAO, "deliver", {"how": "window"}, "ResultDelivered"),
)
PASSES = frozenset({"CaseReferred", "CaseReturned"})


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used up to an instant: processor seconds by program, bytes in PostgreSQL's write-ahead log, in its
    databases, and in Kafka's logs."""

    cpu: Mapping[str, float]
    wal: int
    databases: int
    kafka: int


@dataclass(frozen=True, slots=True)
class Load:
    """One rate. `ways` in milliseconds from answer to board, `waits` from when an act was due to its answer; `left`:
    acts that had not come to the board when it was ended. `cpu` in milliseconds an act; bytes an act."""

    rate: float
    acts: int
    ways: dict[str, float]
    waits: dict[str, float]
    left: int
    cpu: dict[str, float]
    wal_bytes: float
    database_bytes: float
    kafka_bytes: float
    of_each_event: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])


class Board:
    """What the portal's stream shows: when the n-th event of a type came of a case."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str, int], float] = {}
        self._counted: Counter[tuple[str, str]] = Counter()
        self._waiting: dict[tuple[str, str, int], asyncio.Future[None]] = {}
        self.begun = asyncio.Event()

    async def listen(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            while line := await reader.readline():
                if line.startswith(b"data: {"):
                    self.begun.set()
                    said = json.loads(line[6:])
                    if "number" in said:
                        self._came(said["number"], said["type"].split(".")[2])
            raise ConnectionError("the board's stream ended")
        finally:
            writer.close()

    def _came(self, number: str, event: str) -> None:
        self._counted[number, event] += 1
        key = (number, event, self._counted[number, event])
        self.seen[key] = time.perf_counter()
        if (waiting := self._waiting.pop(key, None)) is not None and not waiting.done():
            waiting.set_result(None)

    async def shows(self, number: str, event: str, nth: int) -> None:
        key = (number, event, nth)
        if key not in self.seen:
            self._waiting[key] = asyncio.get_running_loop().create_future()
            await self._waiting[key]


class Office:
    """Posts the acts of one unit over kept-alive connections, that which was used last first."""

    def __init__(self, system: System, unit: str) -> None:
        self._port = system.services[tier_of(unit)].port
        self._token = system.token(unit, ROLES, "A01")
        self._room = asyncio.Semaphore(CONNECTIONS)
        self._idle: list[tuple[float, Connection]] = []

    async def post(self, path: str, body: bytes) -> bytes:
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
        return await Connection.open(self._port)

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[1].close()


@dataclass(slots=True)
class Times:
    """By case, event and how manieth of it: when it was due, and when it was answered."""

    due: dict[tuple[str, str, int], float] = field(default_factory=dict[tuple[str, str, int], float])
    answered: dict[tuple[str, str, int], float] = field(default_factory=dict[tuple[str, str, int], float])


async def case(offices: Mapping[str, Office], board: Board, times: Times) -> None:
    """One case, from its receipt to the delivery of its result."""
    number, passes = "", 0
    done: Counter[str] = Counter()
    due = time.perf_counter()
    for unit, act, body, event in LIFE:
        path = f"/api/v1/cases/{number}/{act}" if number else "/api/v1/cases"
        answer = await offices[unit].post(path, json.dumps(body).encode())
        now = time.perf_counter()
        number = number or number_in(answer) or ""
        done[event] += 1
        times.due[number, event, done[event]] = due
        times.answered[number, event, done[event]] = now
        if event in PASSES:
            passes += 1
            await board.shows(number, ARRIVED, passes)
        due = time.perf_counter()


async def load(system: System, board: Board, rate: float, seconds: float) -> Load:
    """Cases at this rate for so long, and what became of them."""
    offices = {unit: Office(system, unit) for unit in (SHANGYAO, DATONG, CITY)}
    times, chance = Times(), random.Random(rate)
    settled()
    before = await spent(system)
    begun, due, running = time.perf_counter(), 0.0, list[asyncio.Task[None]]()
    while (due := due + chance.expovariate(rate)) < seconds:
        await asyncio.sleep(begun + due - time.perf_counter())
        running.append(asyncio.create_task(case(offices, board, times)))
    done, pending = await asyncio.wait(running, timeout=DRAINED_WITHIN)
    for task in pending:
        task.cancel()
    for task in done:
        task.result()
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAINED_WITHIN):
            for key in times.answered:
                await board.shows(*key)
    after = await spent(system)
    for office in offices.values():
        office.close()
    return _load(rate, times, board, before, after)


def _load(rate: float, times: Times, board: Board, before: Spent, after: Spent) -> Load:
    shown = times.answered.keys() & board.seen.keys()
    ways = {key: (board.seen[key] - times.answered[key]) * 1000 for key in shown}
    by_event: dict[str, list[float]] = defaultdict(list)
    for (_, event, _), way in ways.items():
        by_event[event].append(way)
    acts = len(times.answered)
    return Load(
        rate,
        acts,
        percentiles(list(ways.values())),
        percentiles([(at - times.due[key]) * 1000 for key, at in times.answered.items()]),
        acts - len(shown),
        {kind: (after.cpu[kind] - before.cpu.get(kind, 0.0)) * 1000 / acts for kind in after.cpu},
        (after.wal - before.wal) / acts,
        (after.databases - before.databases) / acts,
        (after.kafka - before.kafka) / acts,
        {event: percentiles(found) for event, found in sorted(by_event.items())},
    )


def percentiles(found: Sequence[float]) -> dict[str, float]:
    ordered = sorted(found)
    return {f"p{n}": ordered[min(len(ordered) - 1, len(ordered) * n // 100)] for n in (50, 90, 99)} if ordered else {}


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
) -> list[tuple[Load, Load]]:
    """Each rate with a tenth of it before, until one is not carried."""
    found: list[tuple[Load, Load]] = []
    async with System(stack, folder, "load", linked=False) as system:
        await system.at_rest()
        board = Board()
        listening = asyncio.create_task(board.listen(system.services["portal"].port))
        await board.begun.wait()
        with console.status("warming up") as status:
            await load(system, board, 2.0, 10.0)
            for rate in rates:
                status.update(f"{rate / 10:g} cases a second")
                tenth = await load(system, board, rate / 10, max(seconds, CASES / (rate / 10)))
                status.update(f"{rate:g} cases a second")
                found.append((tenth, await load(system, board, rate, seconds)))
                if not carried(*found[-1]):
                    break
        listening.cancel()
        await asyncio.wait([listening])
    return found


def carried(tenth: Load, whole: Load) -> bool:
    return whole.left == 0 and whole.ways["p99"] <= CARRIED * tenth.ways["p99"]


def _table(found: Sequence[tuple[Load, Load]]) -> Table:
    table = Table(title="Township, district, city and back as a load; milliseconds")
    for column in ("cases/s", "acts", "to the board p50", "p90", "p99", "p99 at a tenth", "act p50", "p99", "CPU/act",
                   "WAL/act", "Kafka/act", "carried"):  # fmt: skip
        table.add_column(column, justify="right")
    for tenth, whole in found:
        way, wait = whole.ways, whole.waits
        table.add_row(
            f"{whole.rate:g}", f"{whole.acts}", *(f"{way[p]:.1f}" for p in ("p50", "p90", "p99")),
            f"{tenth.ways['p99']:.1f}", f"{wait['p50']:.1f}", f"{wait['p99']:.1f}", f"{sum(whole.cpu.values()):.2f}",
            f"{whole.wal_bytes:,.0f} B", f"{whole.kafka_bytes:,.0f} B", "yes" if carried(tenth, whole) else "no",
        )  # fmt: skip
    return table


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m tests.bench.end_to_end", description=__doc__)
    words.add_argument("--rates", default=",".join(f"{rate:g}" for rate in RATES), help="cases a second, rising")
    words.add_argument("--seconds", type=float, default=SECONDS, help="how long each rate lasts (30)")
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
    if said.json:
        print(json.dumps([{"tenth": asdict(tenth), "whole": asdict(whole)} for tenth, whole in found]))
    else:
        console.print(_table(found))
    best = max((whole.rate for tenth, whole in found if carried(tenth, whole)), default=None)
    console.print(f"highest rate carried: {best:g} cases a second" if best else "no rate was carried")


if __name__ == "__main__":
    main()
