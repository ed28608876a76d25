"""Rebuild a view beside the old one, which serves meanwhile; and compare a view with a fresh fold.

The new copy is folded stream by stream in one snapshot (memory is bounded by a page), gets its indexes, catches up by
position, and is swapped in under the checkpoint's lock, which the projector takes for each batch.
"""

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, TypeVar

import asyncpg

from services.runtime import entry
from services.runtime.projector import add_tallies, project, rows_of
from services.runtime.statements import statement
from services.runtime.view import Folded, View, ViewRow, columns, whole

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

    from services.runtime.companion import Connected

R = TypeVar("R", bound=ViewRow)
PAGE = 4_000
"""Rows read at once. Of the largest records a page still fits into what PostgreSQL answers in one row."""
NEAR = 2_000
"""Positions behind the head at which the swap may begin."""
PATIENCE = 3600.0
"""Seconds for building an index."""
_INDEX = re.compile(r"^CREATE (UNIQUE )?INDEX (?:\S+) ON (?:\S+) ")


async def folded_pages(connection: "Connected", view: View[R], ahead: bool = False) -> AsyncGenerator[Folded[R]]:
    """Every stream of the view, folded whole, a page at a time; run it in one snapshot.

    With `ahead` the next page is read while this one is in use, so the connection must be left alone meanwhile.
    """
    types = entry.asked(view.types)

    async def read(stream: str, seq: int) -> "Record":
        arrays = await connection.fetchrow(statement("follow/page"), stream, seq, view.prefix, types, PAGE)
        assert arrays is not None
        return arrays

    kept: list[entry.Entry] = []
    following = asyncio.ensure_future(read("", 0))
    try:
        while True:
            arrays = await following
            last = arrays["stream"] is None or len(arrays["stream"]) < PAGE
            if not last and ahead:
                following = asyncio.ensure_future(read(arrays["stream"][-1], arrays["seq"][-1]))
                await asyncio.sleep(0)  # the database is asked before this loop is busy folding
            found = kept + entry.entries(arrays, view.facts)
            end = len(found)
            if not last:
                # The page's last stream may go on in the next page.
                while end and found[end - 1].stream == found[-1].stream:
                    end -= 1
            kept = found[end:]
            yield whole(view, found[:end])
            if last:
                return
            if not ahead:
                following = asyncio.ensure_future(read(arrays["stream"][-1], arrays["seq"][-1]))
    finally:
        if not following.done():
            following.cancel()
            await asyncio.wait([following])


async def rebuild(pool: "Pool[Record]", view: View[R], progress: Callable[[int], None] = lambda streams: None) -> int:
    """Build the view anew and swap it in; the number of its rows. `progress` hears the rows done so far.

    Two rebuilds of one view wait for each other.
    """
    table, new = view.name, f"{view.name}_next"
    async with pool.acquire() as connection, _alone(connection, new):
        await connection.execute(f"drop table if exists {new}")
        await connection.execute(f"create table {new} (like {table} including all excluding indexes)")
        await connection.execute("delete from tally where view = $1", new)
        pos, done = await _fill(pool, connection, view, new, progress)
        await _copy_indexes(connection, table, new)
        while (head := await connection.fetchval(statement("log/head"))) - pos > NEAR:
            async with connection.transaction():
                pos = await project(connection, view, new, pos, head)
        while not await _swapped(connection, view, new, pos):
            progress(done)
    return done


@contextlib.asynccontextmanager
async def _alone(connection: "Connected", what: str) -> AsyncGenerator[None]:
    await connection.execute("select pg_advisory_lock(hashtext($1))", what)
    try:
        yield
    finally:
        await connection.execute("select pg_advisory_unlock(hashtext($1))", what)


async def _fill(
    pool: "Pool[Record]", writer: "Connected", view: View[R], new: str, progress: Callable[[int], None]
) -> tuple[int, int]:
    """Fold the whole log, as it is at one instant, into the new table; that instant's position, and the rows."""
    done = 0
    tallies: dict[tuple[str, str], int] = {}
    async with pool.acquire() as reader, reader.transaction(isolation="repeatable_read", readonly=True):
        pos: int = await reader.fetchval(statement("log/head"))
        async with contextlib.aclosing(folded_pages(reader, view, ahead=True)) as pages:
            async for folded in pages:
                await writer.copy_records_to_table(new, records=folded.records(), columns=columns(view))
                for key, n in folded.tallies().items():
                    tallies[key] = tallies.get(key, 0) + n
                done += len(folded.rows)
                progress(done)
    await add_tallies(writer, new, tallies)
    return pos, done


async def _copy_indexes(connection: "Connected", table: str, new: str) -> None:
    """Build the old table's indexes on the new one, under the old names with `_next`; and learn its statistics."""
    for row in await connection.fetch(statement("follow/indexes"), table):
        name = f'"{row["name"]}_next"'
        if row["rule"] is not None:
            await connection.execute(f"alter table {new} add constraint {name} {row['rule']}", timeout=PATIENCE)
        else:
            made = _INDEX.sub(lambda m, n=name: f"CREATE {m[1] or ''}INDEX {n} ON {new} ", row["definition"])
            await connection.execute(made, timeout=PATIENCE)
    await connection.execute(f"analyze {new}", timeout=PATIENCE)


async def _swapped(connection: "Connected", view: View[R], new: str, pos: int) -> bool:
    """Catch up under the checkpoint's lock and put the new table in the old one's place; False when a reader of the
    old one did not let go of it within a second."""
    table = view.name
    with contextlib.suppress(asyncpg.LockNotAvailableError):
        async with connection.transaction():
            await connection.fetchval(statement("follow/checkpoint"), table)
            await connection.execute("set local lock_timeout = '1s'")
            await connection.execute(f"lock table {table} in access exclusive mode")
            head = await connection.fetchval(statement("log/head"))
            while pos < head:
                pos = await project(connection, view, new, pos, head)
            indexes = [row["name"] for row in await connection.fetch(statement("follow/indexes"), table)]
            await connection.execute(f"drop table {table}")
            await connection.execute(f"alter table {new} rename to {table}")
            for name in indexes:
                await connection.execute(f'alter index "{name}_next" rename to "{name}"')
            await connection.execute("delete from tally where view = $1", table)
            await connection.execute("update tally set view = $1 where view = $2", table, new)
            await connection.execute(statement("follow/advance"), table, pos)
        return True
    return False


async def differences(pool: "Pool[Record]", view: View[R], limit: int = 20) -> list[str]:
    """Streams whose row differs from a fresh fold, and counts that differ; empty when view and log agree.

    Compared in one snapshot. A stream that moved after the view's own position is not called wrong; the counts must
    be those of the view's rows, however far it is.
    """
    bad: list[str] = []
    counted: Counter[tuple[str, str]] = Counter()
    seen = 0
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        # Before the snapshot is taken: the table of a rebuild that is swapped in later would look empty in it.
        await connection.execute(f"lock table {view.name} in access share mode")
        shown = await connection.fetchval("select pos from checkpoint where follower = $1", view.name) or 0
        head = await connection.fetchval(statement("log/head"))
        moved = await connection.fetch("select distinct stream from log where pos > $1 and pos <= $2", shown, head)
        behind = {row["stream"] for row in moved}
        async for folded in folded_pages(connection, view):
            stored = await rows_of(connection, view, view.name, list(folded.rows))
            seen += len(stored)
            bad += [s for s, row in folded.rows.items() if s not in behind and stored.get(s) != row]
            for row in stored.values():
                counted.update(view.tallies(row))
        total = await connection.fetchval(f"select count(*) from {view.name}")  # noqa: S608
        if total != seen:
            bad.append(f"{total - seen} rows of no stream")
        rows = await connection.fetch("select name, key, n from tally where view = $1 and n <> 0", view.name)
        kept = {(row["name"], row["key"]): row["n"] for row in rows}
        bad += [f"count {'/'.join(k)}" for k in kept.keys() | counted.keys() if kept.get(k, 0) != counted[k]]
    return bad[:limit]
