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
    """`epoch` goes with every change of the checkpoint."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self._lost = asyncio.Event()

    def lose(self) -> None:
        self._lost.set()

    @property
    def lost(self) -> bool:
        return self._lost.is_set()

    async def watch(self, connection: "Connection[Record]") -> None:
        """Raises Deposed as soon as the session is gone; asks it now and then, since a dead link says nothing."""
        while not self.lost:
            try:
                async with asyncio.timeout(TRY_EVERY * 4):
                    await self._lost.wait()
            except TimeoutError:
                try:
                    await connection.execute("select", timeout=5)
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                    self.lose()
        raise Deposed("the session that held the lock is gone")


@asynccontextmanager
async def leading(dsn: str, stopping: asyncio.Event) -> "AsyncGenerator[tuple[Leader, Connection[Record]]]":
    """Wait until this process leads; Deposed when it is to stop before. `dsn` is the server's, never a pgbouncer's."""
    connection: Connection[Record] = await asyncpg.connect(dsn, command_timeout=60)
    try:
        while not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), TRY_EVERY)
                raise Deposed("stopping before it led")
        row = await connection.fetchrow(statement("relay/lead"))
        assert row is not None
        leader = Leader(row["leader"])
        connection.add_termination_listener(lambda _: leader.lose())
        yield leader, connection
    finally:
        await _close(connection)


async def _close(connection: "Connection[Record]") -> None:
    try:
        await connection.close(timeout=2)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        connection.terminate()
