"""PostgreSQL stopped, its sessions ended or all taken, its rows locked; a rebuild killed; a backup restored."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from aiokafka.errors import KafkaError

from deploy.local.processes import spawn
from services.cli.backup import make
from services.cli.refusing import Cannot
from services.cli.restore import restore
from services.runtime.kafka_link import KafkaLink
from services.runtime.whole_reading import CannotRead, read_to_end
from tests.chaos.crash_points import SAY_WHERE, TRIGGER
from tests.chaos.faults.missed import Missed
from tests.chaos.schedule import Fault

if TYPE_CHECKING:
    from tests.chaos.world import World

    Connection = asyncpg.Connection[asyncpg.Record]

ANSWER_SECONDS = 5.0
UNDONE_WITHIN = 90.0
"""Seconds in which what a fault changed in the database must be changed back: longer than the server is ever away."""
BACK_WITHIN = 240.0
"""Seconds until a service whose database was put back speaks again: its link to Kafka may be cut meanwhile."""
SAYS_WHERE_AFTER = 90.0
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
OWN = "select topic, value, hash from log where topic is not null and pos > $1"


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
        async with _superuser(world, fault) as connection:
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

    async with _superuser(world, fault) as connection:
        await limit(connection, fault.more["left"])
        try:
            await connection.execute(f"select pg_terminate_backend(pid) from ({SESSIONS}) s", role)
            await asyncio.sleep(fault.lasts)
        finally:
            await _surely(world, fault, lambda again: limit(again, -1))


async def hold_lock(world: "World", fault: Fault) -> None:
    """Somebody holds what the service wants, as a forgotten session does."""
    async with _superuser(world, fault) as connection:
        with suppress(*AWAY):
            async with connection.transaction():
                await connection.execute("set local lock_timeout = '4s'")
                await connection.execute(LOCKS[fault.more["lock"]])
                await asyncio.sleep(fault.lasts)
                return
        raise Missed(f"{fault.more['lock']} was not to be had, or the session was lost")


async def kill_rebuild(world: "World", fault: Fault) -> dict[str, Any]:
    """`sanji rebuild` dies at its swap while the service works on; the next one is none the worse for it."""
    tier, view = fault.target, fault.more["view"]
    name = f"rebuild-{tier}"
    world.trigger(name).write_text(f"{fault.more['point']} 1")
    command = [sys.executable, "-m", "tests.chaos.crash_points", "services.cli", "rebuild", view]
    path = world.environment(tier)["PYTHONPATH"]
    own = {"SANJI_DATABASE": world.services[tier].dsn, TRIGGER: str(world.trigger(name)), "PYTHONPATH": path}
    codes: list[int] = []
    for _ in range(2):
        codes.append(await _ended(spawn(command, world.folder / f"{name}.log", env={**os.environ, **own})))
    if not world.died_at_point(name):
        raise Missed(f"the rebuild ended with {codes[0]} before it was at its swap")
    return {"codes": codes}


async def _ended(process: "subprocess.Popen[bytes]") -> int:
    try:
        return await asyncio.to_thread(process.wait, UNDONE_WITHIN)
    except subprocess.TimeoutExpired:
        return 0
    finally:
        process.kill()


async def restore_backup(world: "World", fault: Fault) -> dict[str, Any]:
    """The service's database is put back to a backup of a while ago, as `sanji backup` and `sanji restore` do it."""
    tier, dsn = fault.target, world.services[fault.target].dsn
    backups, since = world.folder / "backups", world.journal.seconds
    await _has_spoken_here(world, dsn)
    try:
        backup = await asyncio.to_thread(make, dsn, backups)
    except (Cannot, *AWAY) as error:
        raise Missed(f"no backup: {error}") from error
    await asyncio.sleep(fault.lasts)
    with world.down(tier):
        await world.kill(tier)
        try:
            said = await _own(dsn, backup.position)
            await _restored(backups / backup.dump, dsn, world, fault)
        except (Cannot, *AWAY) as error:
            raise Missed(f"not restored: {error}") from error
        # It is put back, whatever comes now: the checker has to know.
        lost = await _patiently(lambda: _lost(world, said, dsn))
        if fault.more["dies"] is not None:
            world.trigger(tier).write_text(f"{fault.more['dies']} 1")
        world.spawn(tier)
    try:
        await _speaks(world, tier)
    finally:
        upto = world.journal.seconds
        world.restored.append({"service": tier, "since": round(since, 3), "upto": round(upto, 3)})
        world.lost |= lost
        died = world.died_at_point(tier)
    return {"position": backup.position, "written_since": len(said), "lost": len(lost), "died": died}


async def _has_spoken_here(world: "World", dsn: str) -> None:
    """A backup of before its first word on this Kafka is one of another Kafka: nobody can witness what it said since
    (protocol B4). Raises Missed."""
    try:
        connection: Connection = await asyncpg.connect(dsn, timeout=ANSWER_SECONDS, command_timeout=ANSWER_SECONDS)
        try:
            spoke_on = await connection.fetchval("select cluster from relay")
        finally:
            connection.terminate()
    except AWAY as error:
        raise Missed(f"no backup: {error}") from error
    if spoke_on != world.stack.kafka.cluster_id:
        raise Missed("it has not spoken on this Kafka yet")


async def _own(dsn: str, after: int) -> dict[bytes, tuple[str, bytes]]:
    """By hash, topic and value of what the service itself wrote after this position."""
    connection: Connection = await asyncpg.connect(dsn, timeout=ANSWER_SECONDS)
    try:
        return {row["hash"]: (row["topic"], row["value"]) for row in await connection.fetch(OWN, after)}
    finally:
        await connection.close()


async def _restored(dump: Path, dsn: str, world: "World", fault: Fault) -> None:
    """The killed process's sessions may live on for a moment."""
    name = world.services[fault.target].database
    async with _superuser(world, fault) as connection:
        await connection.execute(f"select pg_terminate_backend(pid) from ({SESSIONS}) s", name)
    await asyncio.sleep(0.2)
    await asyncio.to_thread(restore, dump, dsn)


async def _lost(world: "World", said: dict[bytes, tuple[str, bytes]], dsn: str) -> set[str]:
    """Hashes of what was neither in the backup nor published: lost by design (protocol B5)."""
    kept = await _own(dsn, 0)
    gone = {hash_: found for hash_, found in said.items() if hash_ not in kept}
    topics = sorted({topic for topic, _ in gone.values()})
    there: set[bytes | None] = set()
    async for records in read_to_end(KafkaLink(world.stack.kafka.bootstrap()), topics, lambda at: 0):
        there |= {record.value for record in records}
    return {hash_.hex() for hash_, (_, value) in gone.items() if value not in there}


async def _speaks(world: "World", tier: str) -> None:
    """One that does not is a violation by itself."""
    began, asked = time.monotonic(), False
    while (passed := time.monotonic() - began) < BACK_WITHIN:
        if (await world.answers(tier)).get("ready"):
            return
        process = world.services[tier].process
        if not asked and passed > SAYS_WHERE_AFTER and process is not None and process.poll() is None:
            process.send_signal(SAY_WHERE)
            asked = True
        await asyncio.sleep(0.2)
    why = f"did not speak again within {BACK_WITHIN:.0f} s of its restore"
    world.found.append(("does_not_speak_again", why, tier))
    raise Missed(f"{tier} {why}")


@asynccontextmanager
async def _superuser(world: "World", fault: Fault) -> "AsyncIterator[Connection]":
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


async def _patiently(look: "Callable[[], Awaitable[set[str]]]") -> set[str]:
    """Asked again while Kafka or the database is away. Raises what they raise in the end: the run is broken then."""
    ends = time.monotonic() + UNDONE_WITHIN
    while True:
        try:
            return await look()
        except (CannotRead, KafkaError, *AWAY):
            if time.monotonic() > ends:
                raise
            await asyncio.sleep(0.5)


async def _surely(world: "World", fault: Fault, change: "Callable[[Connection], Awaitable[None]]") -> None:
    ends = time.monotonic() + UNDONE_WITHIN
    while True:
        try:
            async with _superuser(world, fault) as connection:
                await change(connection)
                return
        except (Missed, *AWAY):
            if time.monotonic() > ends:
                raise
            await asyncio.sleep(0.5)
