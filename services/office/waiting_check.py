"""Whether the rows of `waiting` are what a fresh look at the log gives."""

from dataclasses import astuple
from typing import TYPE_CHECKING

from services.office.case_fold import CaseFold
from services.office.waiting import NAME, Waiting, looked_at, requested
from services.runtime.checkpoint import again
from services.runtime.statements import statements
from services.runtime.streams import Streams

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

statement = statements(__file__)
PAGE = 500


async def differences(pool: "Pool[Record]", limit: int = 20) -> list[str]:
    """Requests whose row differs; empty when all agree, and where nobody keeps them, as at the portal. At rest: what
    moves while it is looked at would be called wrong."""
    if not await pool.fetchval("select exists (select from checkpoint where follower = $1)", NAME):
        return []
    streams = Streams(pool, CaseFold(), remembered=1)
    bad: list[str] = []
    after, seen = "request/", 0
    while page := [row["stream"] for row in await pool.fetch(statement("requests_page"), after, PAGE)]:
        rows = await requested(pool, page)
        cases = await streams.load_many({row.about for row in rows})
        fresh = {row.stream: looked_at(row, cases.get(row.about)) for row in rows}
        kept = await pool.fetch("select * from waiting where stream = any($1::text[])", page)
        stored = {row["stream"]: Waiting(**row) for row in kept}
        seen += len(stored)
        bad += [
            stream
            for stream in fresh.keys() | stored.keys()
            if stream not in fresh or stream not in stored or astuple(fresh[stream]) != astuple(stored[stream])
        ]
        after = page[-1]
    if (total := await pool.fetchval("select count(*) from waiting")) != seen:
        bad.append(f"{total - seen} rows of no request")
    return bad[:limit]


async def rebuild(pool: "Pool[Record]") -> int:
    """Empty it, to be made anew by the service itself; how many rows there were. Until then fewer requests are shown
    than wait."""
    async with pool.acquire() as connection, connection.transaction():
        await again(connection, NAME)
        return await connection.fetchval("with gone as (delete from waiting returning 1) select count(*) from gone")
