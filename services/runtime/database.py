"""The service's own database: a pool, and plain numbered migrations applied at start."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import asyncpg

from services.runtime.statements import statement

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.connection import Connection
    from asyncpg.pool import Pool

    from services.runtime.companion import Connected

MIGRATIONS = Path(__file__).parent / "migrations"
DATABASE_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a loop waits for and tries again. The last is what asyncpg says of a session that the server gave up in the
middle of an answer, when it is used again before its end is noticed."""
SESSION_LOST = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
)
"""The database was away or ended the work for reasons of its own. What was sent may even have been committed."""
_NAME = re.compile(r"^(\d{4})_[a-z_]+\.sql$")
_LOCK = 7_340_400
"""Advisory lock: two processes of one service never migrate at once."""


class NewerDatabase(Exception):
    """The database was migrated by a newer program; start that one instead."""


async def connect(dsn: str, *, size: int = 10, statement_cache: int = 200, patience: float = 60) -> "Pool[Record]":
    """A pool. Behind pgbouncer in transaction mode set `statement_cache` to 0. `patience`: seconds for a connection."""
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        statement_cache_size=statement_cache,
        command_timeout=60,
        timeout=patience,
        reset=_as_it_is,
    )


async def _as_it_is(_: "Connection[Record]") -> None:
    """Nothing here leaves anything on a session (settings are `set local`, locks have connections of their own), so
    giving one back costs no round trip; asyncpg itself rolls back what was left open."""


class Others(NamedTuple):
    """Who else is connected to this database: a program that still runs on it."""

    database: str
    connections: int


async def others(connection: "Connected") -> Others:
    row = await connection.fetchrow(statement("database/others"))
    assert row is not None
    return Others(row["database"], row["connections"])


async def migrate(connection: "Connected", folders: tuple[Path, ...] = (MIGRATIONS,)) -> list[str]:
    """Apply what is missing, each file in its own transaction, in the order of the numbers over all folders.

    Returns the names applied. Raises NewerDatabase when the database knows a migration that this program does not.
    """
    files = {
        match[1]: path
        for folder in folders
        for path in folder.iterdir()
        if (match := _NAME.match(path.name)) is not None
    }
    await connection.execute("select pg_advisory_lock($1)", _LOCK)
    try:
        await connection.execute(
            "create table if not exists migration (number text primary key, name text not null, "
            "applied timestamptz not null default now())"
        )
        done = {str(row["number"]) for row in await connection.fetch("select number from migration")}
        if unknown := sorted(done - files.keys()):
            raise NewerDatabase(f"the database has migrations {', '.join(unknown)} that this program does not know")
        applied: list[str] = []
        for number in sorted(files.keys() - done):
            path = files[number]
            async with connection.transaction():
                await connection.execute(path.read_text(encoding="utf-8"))
                await connection.execute("insert into migration (number, name) values ($1, $2)", number, path.name)
            applied.append(path.name)
        return applied
    finally:
        await connection.execute("select pg_advisory_unlock($1)", _LOCK)
