"""One leader for each log: an advisory lock on a connection of its own, and an epoch that fences a stale leader.

The lock ends silently with its session. So the session is watched, and whoever led before can still send (copies
vanish downstream) but can no longer move the checkpoint.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from services.runtime.database import DATABASE_AWAY
from services.runtime.statements import statement

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.connection import Connection

LOCK = 7_340_401
TRY_EVERY = 0.5
"""Seconds. Asked for again and again: a statement that waits for the lock would hold back VACUUM meanwhile."""


class Deposed(Exception):
    """Another process leads now, or the session that held the lock is gone: stop sending."""


class Leader:
    """`epoch` goes with every change of the checkpoint, and each change goes over the session that holds the lock."""

    def __init__(self, epoch: int, connection: "Connection[Record]") -> None:
        self.epoch = epoch
        self._connection = connection
        self._one_at_a_time = asyncio.Lock()
        self._lost = asyncio.Event()
        connection.add_termination_listener(lambda _: self._lost.set())

    @property
    def lost(self) -> bool:
        return self._lost.is_set()

    async def move(self, sql: str, *args: object) -> "Record":
        """Run a statement that takes the epoch first and answers a row only for the latest. Raises Deposed.

        Its commit does not wait for the disk: a lost checkpoint only repeats.
        """
        async with self._one_at_a_time:
            try:
                row = await self._connection.fetchrow(sql, self.epoch, *args)
            except DATABASE_AWAY as error:
                self._lost.set()
                raise Deposed(f"the session that held the lock is gone: {error}") from error
        if row is None:
            raise Deposed("another process leads")
        return row

    async def watch(self) -> None:
        """Raises Deposed as soon as the session is gone; asks it now and then, since a dead link says nothing."""
        while not self.lost:
            try:
                async with asyncio.timeout(TRY_EVERY * 4):
                    await self._lost.wait()
            except TimeoutError:
                await self.move(statement("relay/leads"))
        raise Deposed("the session that held the lock is gone")


@asynccontextmanager
async def leading(dsn: str, stopping: asyncio.Event) -> AsyncGenerator[Leader]:
    """Wait until this process leads; Deposed when it is to stop before. `dsn` is the server's, never a pgbouncer's."""
    connection: Connection[Record] = await asyncpg.connect(
        dsn, command_timeout=10, server_settings={"synchronous_commit": "off"}
    )
    try:
        while not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), TRY_EVERY)
                raise Deposed("stopping before it led")
        yield Leader(await connection.fetchval(statement("relay/lead")), connection)
    finally:
        await _close(connection)


async def _close(connection: "Connection[Record]") -> None:
    try:
        await connection.close(timeout=2)
    except DATABASE_AWAY:
        connection.terminate()
