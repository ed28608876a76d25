"""Other processes of the same service: each tells the others how far it has filled the log they share.

After the commit and never inside it: NOTIFY takes a lock over the whole cluster until its transaction commits. One
process alone tells nobody and asks every other second whether that is still so; a notification that is lost costs a
follower the half second after which it looks by itself.
"""

import asyncio
import contextlib
from typing import TYPE_CHECKING

import asyncpg

from services.runtime.database import DATABASE_AWAY
from services.runtime.statements import statement
from services.runtime.tide import Tide
from services.runtime.turns import take_turns

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.connection import Connection
    from asyncpg.pool import PoolConnectionProxy

LOCK = 7_340_402
"""Advisory; shared by all processes of a service."""
CHANNEL = "sanji_log"
LOOK_EVERY = 2.0
COMMAND_SECONDS = 10


class Peers:
    """Of one process. `dsn` is the server's, never a pgbouncer's: a session listens."""

    def __init__(self, dsn: str, tide: Tide) -> None:
        self.told = 0
        """Notifications sent."""
        self._dsn = dsn
        self._tide = tide
        self._said = self._heard = 0
        """Positions."""
        self._joined = asyncio.Event()

    async def run(self) -> None:
        """Tell and hear for ever; a database that is away is waited for."""
        await take_turns("peers", self._session)

    async def _session(self) -> None:
        connection: Connection[Record] = await asyncpg.connect(
            self._dsn, command_timeout=COMMAND_SECONDS, server_settings={"synchronous_commit": "off"}
        )
        try:
            await connection.execute("select pg_advisory_lock_shared($1)", LOCK)
            await connection.add_listener(CHANNEL, self._hear)
            # Those who were there first learn of this one at once.
            await self._tell(connection, self._tide.pos)
            while True:
                self._joined.clear()
                if await connection.fetchval(statement("peers/any"), LOCK):
                    await self._tell_what_rises(connection)
                else:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._joined.wait(), LOOK_EVERY)
        finally:
            try:
                await connection.close(timeout=2)
            except DATABASE_AWAY:
                connection.terminate()

    async def _tell_what_rises(self, connection: "Connection[Record]") -> None:
        """For as long as nobody has to look whether the others are still there."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + LOOK_EVERY
        while (left := ends - loop.time()) > 0:
            # What rose because it was heard from another one is not told again.
            if await self._tide.past(max(self._said, self._heard), left) and self._tide.pos > self._heard:
                await self._tell(connection, self._tide.pos)

    async def _tell(self, connection: "Connection[Record]", pos: int) -> None:
        await connection.execute("select pg_notify($1, $2)", CHANNEL, str(pos))
        self._said = pos
        self.told += 1

    def _hear(
        self, connection: "Connection[Record] | PoolConnectionProxy[Record]", pid: int, channel: str, said: object
    ) -> None:
        if pid == connection.get_server_pid() or not str(said).isdecimal():
            return
        self._joined.set()
        self._heard = max(self._heard, int(str(said)))
        self._tide.rise(self._heard)
