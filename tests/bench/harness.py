"""How everything here is measured: ours and the reference by turns, the median of the rounds' ratios, its spread.

A row is one file with a `Row`. To add one: write `async def sides(bench)` as an asynccontextmanager that prepares and
yields two callables, ours and the reference; each measures once and gives one number for each figure of the row.
"""

import asyncio
import contextlib
import gc
import os
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from deploy.local import Stack
from deploy.local.postgres import binaries
from services.runtime.database import MIGRATIONS, connect, migrate

if TYPE_CHECKING:
    from pathlib import Path

    from asyncpg import Record
    from asyncpg.pool import Pool


class CannotMeasure(Exception):
    """What is needed is not to be had, or did not do what it said; the text says which."""


Side = Callable[[], Awaitable[Sequence[float]]]
"""Measures once: a number for each figure."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What is compared. `holds`: whether the ratio ours / reference must be at least or at most the target; without a
    target it is only told."""

    name: str
    reference: str
    unit: str
    target: float | None
    holds: Literal["at least", "at most"] = "at least"


@dataclass(frozen=True, slots=True)
class Row:
    """`warm_up` measurements of each side come before the rounds and are not counted."""

    name: str
    figures: tuple[Figure, ...]
    sides: "Callable[[Bench], AbstractAsyncContextManager[tuple[Side, Side]]]"
    warm_up: int = 1
    needs_kafka: bool = False
    peers: bool = False
    """The reference is a product of others, fetched when it is first measured."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of the table; `ours` and `reference` are medians, `spread` the lowest and highest ratio."""

    name: str
    ours: float
    reference: float
    ratio: float
    spread: tuple[float, float]
    target: float | None
    holds: bool | None
    against: str = ""
    unit: str = ""
    wanted: str = "at least"


@dataclass(slots=True)
class Bench:
    """What a row may use: the servers, new databases, pgbench, and the wanted scale (1.0: as targets.md says)."""

    stack: Stack
    scale: float
    notes: list[str] = field(default_factory=list[str])
    _databases: int = field(default=0)

    def note(self, words: str) -> None:
        """Tell it below the table, once."""
        if words not in self.notes:
            self.notes.append(words)

    @contextlib.asynccontextmanager
    async def database(self, folders: "tuple[Path, ...]" = (MIGRATIONS,), size: int = 10) -> "AsyncIterator[Opened]":
        """A migrated database that only this row knows, dropped afterwards."""
        self._databases += 1
        name = f"bench_{self._databases}"
        dsn = self.stack.postgres.create_database(name)
        async with await connect(dsn, size=size) as pool:
            async with pool.acquire() as connection:
                await migrate(connection, folders)
            yield Opened(dsn, pool)
        self.stack.postgres.drop_database(name)


@dataclass(frozen=True, slots=True)
class Opened:
    """A database in use."""

    dsn: str
    pool: "Pool[Record]"

    async def pgbench(self, script: "Path", clients: int, seconds: int) -> float:
        """Transactions a second of prepared statements, connecting not counted."""
        at = urlsplit(self.dsn)
        words = (
            f"-n -M prepared -c {clients} -j {min(2, clients)} -h {at.hostname} -p {at.port} -U {at.username}".split()
        )
        said = b""
        # On a machine that others use, a short run may end before its first transaction does: then a longer one.
        for patience in (seconds, 4 * seconds, 16 * seconds):
            process = await asyncio.create_subprocess_exec(
                binaries() / "pgbench", *words, "-T", str(patience), "-f", script, at.path[1:],
                env={**os.environ, "PGPASSWORD": str(at.password)},
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            out, said = await process.communicate()
            for line in out.decode().splitlines():
                if line.startswith("tps = "):
                    return float(line.split()[2])
        raise RuntimeError(f"pgbench did not measure: {said.decode().partition(chr(10))[0]}")


async def measure(row: Row, bench: Bench, rounds: int, heard: Callable[[str], None]) -> list[Measured]:
    """Run the row: sides by turns, each first every second round."""
    async with row.sides(bench) as (ours, reference):
        for _ in range(row.warm_up):
            await ours()
            await reference()
        pairs: list[tuple[Sequence[float], Sequence[float]]] = []
        for number in range(rounds):
            heard(f"{row.name}: round {number + 1} of {rounds}")
            gc.unfreeze()
            if number % 2:
                right = await reference()
                pairs.append((await ours(), right))
            else:
                pairs.append((await ours(), await reference()))
    return [_summed_up(figure, [(o[i], r[i]) for o, r in pairs]) for i, figure in enumerate(row.figures)]


def settled() -> None:
    """What was prepared is out of the way of the garbage collector, as nothing like it lies about in a service."""
    gc.collect()
    gc.freeze()


def _summed_up(figure: Figure, pairs: list[tuple[float, float]]) -> Measured:
    ratios = [ours / reference for ours, reference in pairs]
    ratio = statistics.median(ratios)
    return Measured(
        figure.name,
        statistics.median(ours for ours, _ in pairs),
        statistics.median(reference for _, reference in pairs),
        ratio,
        (min(ratios), max(ratios)),
        figure.target,
        _holds(ratio, figure),
        figure.reference,
        figure.unit,
        figure.holds,
    )


def _holds(ratio: float, figure: Figure) -> bool | None:
    if figure.target is None:
        return None
    return ratio >= figure.target if figure.holds == "at least" else ratio <= figure.target
