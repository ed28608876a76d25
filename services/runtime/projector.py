"""The projector: follows the log by position; a view's rows and its checkpoint change in one transaction."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

import orjson
import structlog

from services.runtime import entry
from services.runtime.checkpoint import Checkpoint
from services.runtime.entry import Entry, Read
from services.runtime.lately import Kind
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
FEW = 48
"""Rows up to which one statement beats a transaction with COPY."""
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
        self._look = entry.since_with_rows(view.name)
        self._statement = put_statement(view)

    async def run(self) -> None:
        """Follow for ever; an event that cannot be folded is never skipped."""

        async def turn() -> None:
            await self.step()
            if not await self.shown.awaits(self._tide, self.wanted, LOOK_EVERY):
                await self.step(keep=True)

        await take_turns(f"view {self.view.name}", turn)

    def wanted(self, kind: Kind) -> bool:
        """What the view is of."""
        return kind.type.startswith(self.view.prefix)

    async def step(self, *, keep: bool = False) -> bool:
        """Project one batch; False when there was nothing new for this view. `keep`: the checkpoint is moved all the
        same."""
        view = self.view
        async with self._pool.acquire() as connection:
            look = partial(
                entry.since_of_view, connection, self._look, view.name, view.prefix, view.types, BATCH, facts=view.facts
            )
            read = await self.shown.read(connection, look)
            self._tide.rise(read.upto)
            if not read.entries:
                await self.shown.go_by(connection, read, keep=keep)
                return False
            folded = _folded(view, _rows(view, read.rows), read.entries)
            put = self._put_few if len(folded.rows) <= FEW and not folded.afresh else self._put
            if not await put(connection, folded, read):
                return True
        self.shown.passed(read.reached)
        if self._changed is not None:
            self._changed()
        return True

    async def _put_few(self, connection: "Connected", folded: Folded[R], read: Read) -> bool:
        """In one statement; False when another process was faster."""
        rows = orjson.dumps(list(folded.rows.values())).decode()
        counts = folded.tallies()
        names, keys = zip(*counts, strict=True) if counts else ((), ())
        moved = await connection.fetchval(
            self._statement, self.view.name, read.reached, read.stored, rows, names, keys, list(counts.values())
        )
        self.shown.moved(moved)
        return moved is not None

    async def _put(self, connection: "Connected", folded: Folded[R], read: Read) -> bool:
        """In a transaction that holds the checkpoint; False when another process was faster."""
        async with connection.transaction():
            pos, _ = await self.shown.begin(connection)
            if pos != read.stored:
                return False
            await _put(connection, self.view, self.view.name, folded)
            await self.shown.advance(connection, read.reached)
        return True


def put_statement(view: View[R]) -> str:
    """Of a few rows of this view, by name of column."""
    names = columns(view)
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name != "stream")
    return statement("follow/put").format(table=view.name, columns=", ".join(names), changed=changed)


async def project(connection: "Connected", view: View[R], table: str, pos: int, upto: int) -> int:
    """Fold the entries past `pos` into `table` (the view's, or its next copy); the position reached."""
    found, reached = await entry.after(connection, pos, upto, view.prefix, view.types, BATCH, view.facts)
    if found:
        before = await rows_of(connection, view, table, list({e.stream for e in found}))
        await _put(connection, view, table, _folded(view, before, found))
    return reached


def _folded(view: View[R], before: Mapping[str, R], found: Sequence[Entry]) -> Folded[R]:
    folded = Folded(view, before)
    for e in found:
        folded.add(e)
    return folded


async def _put(connection: "Connected", view: View[R], table: str, folded: Folded[R]) -> None:
    """Rows in the place of those of the same streams, and the counts; in an open transaction."""
    if folded.afresh:
        live = await connection.fetchrow(statement("follow/streams"), list(folded.afresh), entry.asked(view.types))
        assert live is not None
        folded.refold(entry.entries(live, view.facts))
    if folded.before:
        await connection.execute(f"delete from {table} where stream = any($1::text[])", folded.before)  # noqa: S608
    await connection.copy_records_to_table(table, records=folded.records(), columns=columns(view))
    await add_tallies(connection, table, folded.tallies())


async def rows_of(connection: "Connected", view: View[R], table: str, streams: list[str]) -> dict[str, R]:
    """The view's rows of these streams, by stream."""
    names = ", ".join(columns(view))
    rows = await connection.fetch(f"select {names} from {table} where stream = any($1::text[])", streams)  # noqa: S608
    return _rows(view, rows)


def _rows(view: View[R], rows: "Iterable[Record]") -> dict[str, R]:
    return {row["stream"]: view.row(**dict(row.items())) for row in rows}


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
