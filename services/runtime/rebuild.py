"""Rebuild a view beside the old one, which serves meanwhile; and compare a view with a fresh fold.

The new copy is folded stream by stream in one snapshot (memory is bounded by a page), catches up by position, and is
swapped in under the checkpoint's lock, which the projector takes for each batch.
"""

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, TypeVar

from services.runtime import entry
from services.runtime.projector import add_tallies, project
from services.runtime.statements import statement
from services.runtime.view import Folded, View, ViewRow, columns

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

    from services.runtime.companion import Connected

R = TypeVar("R", bound=ViewRow)
PAGE = 20_000
NEAR = 2_000
"""Positions behind the head at which the swap may begin."""


async def folded_pages(connection: "Connected", view: View[R]) -> AsyncIterator[Folded[R]]:
    """Every stream of the view, folded whole, a page at a time; run it in one snapshot."""
    stream, seq = "", 0
    kept: list[entry.Entry] = []
    types = list(view.types)
    while True:
        rows = await connection.fetch(statement("follow/page"), stream, seq, view.prefix, types, PAGE)
        found = kept + entry.entries(rows)
        last = len(rows) < PAGE
        if not last:
            # The page's last stream may go on in the next page.
            stream, seq = rows[-1]["stream"], rows[-1]["seq"]
            kept = [e for e in found if e.stream == stream]
            found = found[: len(found) - len(kept)]
        folded: Folded[R] = Folded(view, {})
        for e in found:
            folded.put(e)
        yield folded
        if last:
            return


async def rebuild(pool: "Pool[Record]", view: View[R], progress: Callable[[int], None] = lambda streams: None) -> int:
    """Build the view anew and swap it in; the number of its rows. `progress` hears the rows done so far."""
    table, new = view.name, f"{view.name}_next"
    done = 0
    async with pool.acquire() as connection:
        async with connection.transaction(isolation="repeatable_read"):
            await connection.execute(f"drop table if exists {new}")
            await connection.execute(f"create table {new} (like {table} including all)")
            await connection.execute("delete from tally where view = $1", new)
            pos: int = await connection.fetchval(statement("log/head"))
            async for folded in folded_pages(connection, view):
                await connection.copy_records_to_table(new, records=folded.records(), columns=columns(view))
                await add_tallies(connection, new, folded.tallies())
                done += len(folded.rows)
                progress(done)
        while (head := await connection.fetchval(statement("log/head"))) - pos > NEAR:
            async with connection.transaction():
                pos = await project(connection, view, new, pos, head)
        async with connection.transaction():
            await connection.fetchval(statement("follow/checkpoint"), table)
            head = await connection.fetchval(statement("log/head"))
            while pos < head:
                pos = await project(connection, view, new, pos, head)
            await connection.execute(f"drop table {table}")
            await connection.execute(f"alter table {new} rename to {table}")
            for row in await connection.fetch(statement("follow/index_names"), table):
                name: str = row["name"]
                if "_next" in name:
                    await connection.execute(f'alter index "{name}" rename to "{name.replace("_next", "")}"')
            await connection.execute("delete from tally where view = $1", table)
            await connection.execute("update tally set view = $1 where view = $2", table, new)
            await connection.execute(statement("follow/advance"), table, pos)
    return done


async def differences(pool: "Pool[Record]", view: View[R], limit: int = 20) -> list[str]:
    """Streams whose row differs from a fresh fold, and counts that differ; empty when view and log agree.

    Compared in one snapshot at the view's own position, so a view that is behind is not called wrong.
    """
    bad: list[str] = []
    counted: dict[tuple[str, str], int] = {}
    seen = 0
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        shown = await connection.fetchval("select pos from checkpoint where follower = $1", view.name) or 0
        head = await connection.fetchval(statement("log/head"))
        behind = {
            row["stream"]
            for row in await connection.fetch("select stream from log where pos > $1 and pos <= $2", shown, head)
        }
        names = ", ".join(columns(view))
        async for folded in folded_pages(connection, view):
            streams = list(folded.rows)
            stored = await connection.fetch(
                f"select {names} from {view.name} where stream = any($1::text[])",  # noqa: S608
                streams,
            )
            seen += len(stored)
            have = {row["stream"]: view.row(**dict(row)) for row in stored}
            bad += [s for s, row in folded.rows.items() if s not in behind and have.get(s) != row]
            for key, n in folded.tallies().items():
                counted[key] = counted.get(key, 0) + n
        if not behind:
            total = await connection.fetchval(f"select count(*) from {view.name}")  # noqa: S608
            if total != seen:
                bad.append(f"{total - seen} rows of no stream")
            rows = await connection.fetch("select name, key, n from tally where view = $1 and n <> 0", view.name)
            kept = {(row["name"], row["key"]): row["n"] for row in rows}
            bad += [f"count {'/'.join(k)}" for k in kept.keys() | counted.keys() if kept.get(k, 0) != counted.get(k, 0)]
    return bad[:limit]
