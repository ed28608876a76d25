"""PostgreSQL stopped, its sessions ended or all taken, its rows locked."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import asyncpg

from tests.chaos.faults.missed import Missed
from tests.chaos.schedule import Fault

if TYPE_CHECKING:
    from tests.chaos.world import World

    Connection = asyncpg.Connection[asyncpg.Record]

ANSWER_SECONDS = 5.0
UNDONE_WITHIN = 90.0
"""Seconds in which what a fault changed in the database must be changed back: longer than the server is ever away."""
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
LOCKS = {
    "head": "select from log_head for update",
    "checkpoint": "select from checkpoint for update",
    "relay": "select from relay for update",
    "log": "lock table log in exclusive mode",
    "cases": "lock table cases in access exclusive mode",
}
"""What each makes wait: appends and copies; views; publishing; all that writes; all that shows cases, so that requests
take every connection of the pool."""
SESSIONS = """
select pid from pg_stat_activity where datname = $1 and pid <> pg_backend_pid() and backend_type = 'client backend'
"""


async def stop_database(world: "World", fault: Fault) -> None:
    """Immediate stop: for all services at once, and recovery at the next start."""
    with world.down("postgres"):
        async with world.alone["postgres"]:
            await asyncio.to_thread(world.stack.postgres.stop_immediately)
        await asyncio.sleep(fault.lasts)


async def end_sessions(world: "World", fault: Fault) -> dict[str, Any]:
    """Some of the service's sessions are ended, a few times."""
    chance, ended = random.Random(fault.at), 0
    for _ in range(fault.more["times"]):
        async with superuser(world, fault) as connection:
            found = [row["pid"] for row in await connection.fetch(SESSIONS, world.services[fault.target].database)]
            chosen = [pid for pid in found if chance.random() < fault.more["share"]]
            await connection.execute("select pg_terminate_backend(pid) from unnest($1::int[]) pid", chosen)
            ended += len(chosen)
        await asyncio.sleep(fault.lasts / fault.more["times"])
    if not ended:
        raise Missed("there was no session")
    return {"ended": ended}


async def exhaust_pool(world: "World", fault: Fault) -> None:
    """The service gets only so many connections, as when others have taken them all."""
    role = world.services[fault.target].database

    async def limit(connection: "Connection", connections: int) -> None:
        await connection.execute(f"alter role {role} connection limit {connections}")

    async with superuser(world, fault) as connection:
        await limit(connection, fault.more["left"])
        try:
            await connection.execute(f"select pg_terminate_backend(pid) from ({SESSIONS}) s", role)
            await asyncio.sleep(fault.lasts)
        finally:
            await _surely(world, fault, lambda again: limit(again, -1))


async def hold_lock(world: "World", fault: Fault) -> None:
    """Somebody holds what the service wants, as a forgotten session does."""
    async with superuser(world, fault) as connection:
        with suppress(*AWAY):
            async with connection.transaction():
                await connection.execute("set local lock_timeout = '4s'")
                await connection.execute(LOCKS[fault.more["lock"]])
                await asyncio.sleep(fault.lasts)
                return
        raise Missed(f"{fault.more['lock']} was not to be had, or the session was lost")


@asynccontextmanager
async def superuser(world: "World", fault: Fault) -> "AsyncIterator[Connection]":
    """Raises Missed when the server does not answer."""
    dsn = world.stack.postgres.admin_dsn(world.services[fault.target].database)
    try:
        connection: Connection = await asyncpg.connect(dsn, timeout=ANSWER_SECONDS, command_timeout=ANSWER_SECONDS)
    except AWAY as error:
        raise Missed(f"PostgreSQL did not answer: {type(error).__name__}") from error
    try:
        yield connection
    finally:
        connection.terminate()


async def _surely(world: "World", fault: Fault, change: "Callable[[Connection], Awaitable[None]]") -> None:
    ends = time.monotonic() + UNDONE_WITHIN
    while True:
        try:
            async with superuser(world, fault) as connection:
                await change(connection)
                return
        except (Missed, *AWAY):
            if time.monotonic() > ends:
                raise
            await asyncio.sleep(0.5)
