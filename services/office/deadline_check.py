"""Whether rows of `deadline` and `decided` and their counts are what a fresh fold of the log and the calendar gives."""

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from services.office.book_keeper import BookKeeper
from services.office.case_fold import CaseFold
from services.office.deadlines import ACKNOWLEDGE, LIGHT, NAME, TABLE, Deadline, deadline, light_counts
from services.office.decided import BODY, DecidedRow, decided_row
from services.office.decided import TABLE as DECIDED
from services.runtime.checkpoint import again
from services.runtime.statements import statements
from services.runtime.streams import Streams
from services.runtime.tide import Tide

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

statement = statements(__file__)
PAGE = 500


async def differences(pool: "Pool[Record]", limit: int = 20) -> list[str]:
    """Cases whose row differs, and counts that differ; empty when all agree. At rest: a case that moves while it is
    looked at would be called wrong. When the clock looks next is not compared: it moves by itself."""
    keeper = BookKeeper(pool, Tide())
    await keeper.caught_up()
    streams = Streams(pool, CaseFold(), remembered=1)
    bad: list[str] = []
    counted: Counter[tuple[str, str]] = Counter()
    after, seen = "", 0
    while page := [row["stream"] for row in await pool.fetch(statement("case_page"), after, PAGE)]:
        loaded = await streams.load_many(page)
        rows = await pool.fetch(statement("deadline_rows"), page)
        stored = {row["stream"]: Deadline(**row) for row in rows}
        seen += len(stored)
        counted.update(light_counts(stored.values()))
        for stream in page:
            row = deadline(loaded[stream], keeper.book, frozenset(), ())
            known = stored.get(stream)
            if row != (replace(known, wake=None) if known else None):
                bad.append(stream)
        ended = {row["stream"]: DecidedRow(**row) for row in await pool.fetch(statement("decided_rows"), page)}
        counted.update((BODY, row.key) for row in ended.values())
        bad += [s for s in page if decided_row(loaded[s].state, keeper.book) != ended.get(s) and s not in bad]
        after = page[-1]
    if (total := await pool.fetchval("select count(*) from deadline")) != seen:
        bad.append(f"{total - seen} rows of no case")
    for table, name in ((TABLE, LIGHT), (TABLE, ACKNOWLEDGE), (DECIDED, BODY)):
        kept = {(name, row["key"]): row["n"] for row in await pool.fetch(statement("counts_of"), table, name)}
        keys = kept.keys() | {key for key in counted if key[0] == name}
        bad += [f"count {name} {key[1]}" for key in keys if kept.get(key, 0) != counted[key]]
    return bad[:limit]


async def rebuild(pool: "Pool[Record]") -> int:
    """Empty it, to be made anew by the service itself; how many cases there are. Until it has been through them the
    service shows fewer limits than there are, and the law's clock waits."""
    async with pool.acquire() as connection, connection.transaction():
        await again(connection, NAME)
        await connection.execute("delete from deadline")
        await connection.execute("delete from decided")
        await connection.execute("delete from tally where view = any($1::text[])", [TABLE, DECIDED])
        return await connection.fetchval("select count(*) from cases")
