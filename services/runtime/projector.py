"""The projector: follows the log by position; a view's rows and its checkpoint change in one transaction."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Generic, TypeVar

import structlog

from services.runtime import entry
from services.runtime.checkpoint import Checkpoint
from services.runtime.statements import statement
from services.runtime.tide import Tide
from services.runtime.turns import take_turns
from services.runtime.view import Folded, View, ViewRow, columns

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

    from services.runtime.companion import Connected

R = TypeVar("R", bound=ViewRow)
BATCH = 2000
LOOK_EVERY = 0.5
"""Seconds after which the log is looked at although nobody woke us."""

log = structlog.get_logger(__name__)


class Projector(Generic[R]):
    """Keeps one view. `shown` tells how far it is; a reader who waits on it reads its own writes."""

    def __init__(self, pool: "Pool[Record]", tide: Tide, view: View[R], changed: Callable[[], None] | None = None):
        self.view = view
        self.shown = Checkpoint(view.name)
        self._pool = pool
        self._tide = tide
        self._changed = changed

    async def run(self) -> None:
        """Follow for ever; an event that cannot be folded is never skipped."""

        async def turn() -> None:
            await self.step()
            await self._tide.past(self.shown.pos, LOOK_EVERY)

        await take_turns(f"view {self.view.name}", turn)

    async def step(self) -> bool:
        """Project one batch; False when there was nothing new."""
        async with self._pool.acquire() as connection, connection.transaction():
            pos, upto = await self.shown.begin(connection)
            if upto <= pos:
                self.shown.passed(pos)
                self._tide.rise(upto)
                return False
            reached = await project(connection, self.view, self.view.name, pos, upto)
            await self.shown.advance(connection, reached)
        self._tide.rise(upto)
        self.shown.passed(reached)
        if self._changed is not None:
            self._changed()
        return True


async def project(connection: "Connected", view: View[R], table: str, pos: int, upto: int) -> int:
    """Fold the entries past `pos` into `table` (the view's, or its next copy); the position reached."""
    found, reached = await entry.after(connection, pos, upto, view.prefix, view.types, BATCH, view.facts)
    if not found:
        return reached
    streams = list({e.stream for e in found})
    folded = Folded(view, await rows_of(connection, view, table, streams))
    old = list(folded.rows)
    for e in found:
        folded.add(e)
    if folded.afresh:
        live = await connection.fetchrow(statement("follow/streams"), list(folded.afresh), entry.asked(view.types))
        assert live is not None
        folded.refold(entry.entries(live, view.facts))
    if old:
        await connection.execute(f"delete from {table} where stream = any($1::text[])", old)  # noqa: S608
    await connection.copy_records_to_table(table, records=folded.records(), columns=columns(view))
    await add_tallies(connection, table, folded.tallies())
    return reached


async def rows_of(connection: "Connected", view: View[R], table: str, streams: list[str]) -> dict[str, R]:
    """The view's rows of these streams, by stream."""
    names = ", ".join(columns(view))
    rows = await connection.fetch(f"select {names} from {table} where stream = any($1::text[])", streams)  # noqa: S608
    return {row["stream"]: view.row(**dict(row)) for row in rows}


async def add_tallies(connection: "Connected", table: str, differences: dict[tuple[str, str], int]) -> None:
    if differences:
        names, keys = zip(*differences, strict=True)
        await connection.execute(statement("follow/tally"), table, names, keys, list(differences.values()))


async def all_reach(shown: Iterable[Tide], pos: int, seconds: float) -> bool:
    """Whether every view shows `pos` within so many seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            for view in shown:
                await view.reach(pos)
            return True
    return False
