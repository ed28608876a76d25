"""Rows that are committed together with an event, or not at all.

A draft brings its companions to the append. The flusher writes those of the batch's winners, and of nobody else, in
the transaction that appends them: one execution a statement, however many drafts bring it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.connection import Connection
    from asyncpg.pool import Pool, PoolConnectionProxy

    Connected = Connection[Record] | PoolConnectionProxy[Record]
    Database = Connected | Pool[Record]


class Companion(NamedTuple):
    """`sql` takes one array a column of `row`, and must not fail for a row: a failure fails the whole batch."""

    sql: str
    row: tuple[object, ...]


async def write(connection: "Connected", companions: Iterable[Companion]) -> None:
    """Write them inside the transaction that is open on `connection`."""
    rows: dict[str, list[tuple[object, ...]]] = {}
    for companion in companions:
        rows.setdefault(companion.sql, []).append(companion.row)
    for sql, given in rows.items():
        await connection.execute(sql, *map(list, zip(*given, strict=True)))
