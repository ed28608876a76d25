"""Chains and histories as they are stored: for whoever checks, and for the services that repair (protocol C4, B4)."""

from collections.abc import AsyncIterator, Collection
from typing import TYPE_CHECKING, Any

import orjson

from contracts.envelope import read
from services.runtime.statements import statement

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

NDJSON = "application/x-ndjson"
PAGE = 500
READ_AT_ONCE = 2000


async def history(pool: "Pool[Record]", number: str) -> list[dict[str, Any]]:
    """Every live event with its envelope; what is sealed stays sealed."""
    rows = await pool.fetch(statement("log/stream"), number)
    return [
        {**read(row["value"]).model_dump(mode="json", exclude_none=True), "hash": row["hash"].hex(), "pos": row["pos"]}
        for row in rows
    ]


async def records(pool: "Pool[Record]", number: str) -> tuple[bytes, bytes]:
    """NDJSON, each line the exact record, and the hash of the last; both are empty when there is none. A record has no
    line break, JSON escapes them."""
    rows = await pool.fetch(statement("log/stream"), number)
    return b"".join(row["value"] + b"\n" for row in rows), rows[-1]["hash"] if rows else b""


async def heads(pool: "Pool[Record]", after: str, limit: int) -> dict[str, Any]:
    """A page of chain heads by stream; `next` is absent on the last page."""
    rows = await pool.fetch(statement("chain/heads"), after, limit + 1)
    found = [
        {
            "stream": row["stream"],
            "seq": row["seq"],
            "epoch": row["epoch"],
            "term": row["term"],
            "holder": row["holder"],
            "hash": row["hash"].hex(),
        }
        for row in rows[:limit]
    ]
    return {"chains": found} | ({"next": found[-1]["stream"]} if len(rows) > limit else {})


async def testimony(
    pool: "Pool[Record]", units: Collection[str], own: Collection[str], said: int, after: str, limit: int
) -> AsyncIterator[bytes]:
    """A page of NDJSON for one of these units' service, whose database was restored beside another Kafka (protocol B4).

    The next `limit` streams after `after` are looked at, whether `units` wrote in them or not, so no page is long work:
    every copy that is here of those in which they wrote, then the fences of all of them, last how many lines that were
    and the stream after which the `next` page begins, absent on the last. A page is one snapshot, and whole streams.

    `said`: the position up to which this service has spoken for its `own` units; what it has not said it keeps.
    """
    lines = 0
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        found = [row["stream"] for row in await connection.fetch(statement("chain/streams"), after, limit + 1)]
        streams, more = found[:limit], len(found) > limit
        copies = await connection.cursor(statement("chain/testimony"), streams, list(units), list(own), said)
        while rows := await copies.fetch(READ_AT_ONCE):
            lines += len(rows)
            yield b"".join(row["value"] + b"\n" for row in rows)
        if fences := await connection.fetch(statement("chain/fences"), streams):
            lines += len(fences)
            yield b"".join(orjson.dumps({"fence": row["stream"], "epoch": row["epoch"]}) + b"\n" for row in fences)
    yield orjson.dumps({"end": lines} | ({"next": streams[-1]} if more else {})) + b"\n"


async def all_records(pool: "Pool[Record]", after: str, upto: str | None) -> AsyncIterator[bytes]:
    """NDJSON of every live record, whole streams in order, after stream `after` up to stream `upto` with it; memory
    stays bounded."""
    stream, seq = after, 2**31 - 1
    while rows := await pool.fetch(statement("chain/records"), stream, seq, upto, READ_AT_ONCE):
        yield b"".join(row["value"] + b"\n" for row in rows)
        stream, seq = rows[-1]["stream"], rows[-1]["seq"]
