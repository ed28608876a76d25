"""A log on an empty database, and small histories to write into it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from contracts.case import StepStarted
from contracts.events import Event
from services.runtime.companion import Companion
from services.runtime.database import connect, migrate
from services.runtime.log import Log
from services.runtime.row import Draft, Row, write_row
from services.runtime.tide import Tide

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

HERE, THERE = "340405101", "340405102"
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
FEED = "township.events"


@contextlib.asynccontextmanager
async def writing(database: str, size: int = 4) -> AsyncIterator[Log]:
    """A log that takes drafts, with its flusher running."""
    async with await connect(database, size=size) as pool:
        async with pool.acquire() as connection:
            await migrate(connection)
        log = Log(pool, Tide())
        log.open()
        async with running(log):
            yield log


@contextlib.asynccontextmanager
async def running(*loops: object) -> AsyncIterator[None]:
    """The loops of a service run meanwhile, and are stopped as a service stops them."""
    tasks = [asyncio.ensure_future(loop.run()) for loop in loops]  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(ended, asyncio.CancelledError), ended


def number(n: int, unit: str = HERE) -> str:
    """The n-th case of that unit."""
    return f"{unit}-20261122-{n:04d}"


def rows(
    stream: str,
    events: Sequence[Event],
    after: Row | None = None,
    *,
    unit: str = HERE,
    holder: str | None = None,
    epoch: int | None = None,
    key: str = "",
    at: datetime = MORNING,
) -> tuple[Row, ...]:
    """The rows of these events, following `after`. A key is made from stream and number unless given."""
    found: list[Row] = []
    command = sha256(f"{unit}\0{key or f'{stream}:{after.seq if after else 0}'}".encode()).digest()
    for event in events:
        after = write_row(
            event, stream=stream, seq=after.seq + 1 if after else 1, unit=unit,
            epoch=epoch if epoch is not None else after.epoch if after else 0, term=after.term if after else 0,
            holder=holder or (after.holder if after else unit), actor="A01", time=at, recorded=at, command=command,
            prev=after.hash if after else None,
        )  # fmt: skip
        found.append(after)
    return tuple(found)


def draft(
    written: tuple[Row, ...], *companions: Companion, topic: str | None = FEED, mac: bytes | None = None
) -> Draft:
    """What a command brings to append them."""
    first = written[0]
    return Draft(first.stream, first.prev, first.unit, first.command, mac, topic, written, companions)


def steps(stream: str, n: int = 1, after: Row | None = None, key: str = "") -> Draft:
    """A draft of `n` steps of one case."""
    told = [StepStarted(step=f"step-{(after.seq if after else 0) + i}") for i in range(1, n + 1)]
    return draft(rows(stream, told, after, key=key))


def with_value(one: Draft, **differs: object) -> Draft:
    """The draft with a field of its first row changed, whatever that makes of it."""
    first, *rest = one.rows
    return replace(one, rows=(first._replace(**differs), *rest))  # type: ignore[arg-type]


async def stored(pool: "Pool[Record]", columns: str = "pos, stream, seq") -> list[tuple[object, ...]]:
    """All rows of the log by position."""
    return [tuple(row) for row in await pool.fetch(f"select {columns} from log order by pos")]


async def outcomes(log: Log, drafts: Iterable[Draft]) -> list[object]:
    """Append them together; each one's positions or error."""
    return list(await asyncio.gather(*(log.append(d) for d in drafts), return_exceptions=True))
