"""Chains and histories as they are stored: for whoever checks, and for the services that repair (protocol C4, B4)."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

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


async def records(pool: "Pool[Record]", number: str) -> bytes:
    """NDJSON, each line the exact record; a record has no line break, JSON escapes them."""
    rows = await pool.fetch(statement("log/stream"), number)
    return b"".join(row["value"] + b"\n" for row in rows)


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


async def all_records(pool: "Pool[Record]", after: str) -> AsyncIterator[bytes]:
    """NDJSON of every live record, whole streams in order, after stream `after`; memory stays bounded."""
    stream, seq = after, 2**31 - 1
    while rows := await pool.fetch(statement("chain/records"), stream, seq, READ_AT_ONCE):
        yield b"".join(row["value"] + b"\n" for row in rows)
        stream, seq = rows[-1]["stream"], rows[-1]["seq"]
