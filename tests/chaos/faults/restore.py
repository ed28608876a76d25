"""A database put back to an older backup."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from aiokafka.errors import KafkaError

from services.cli.backup import make
from services.cli.refusing import Cannot
from services.cli.restore import restore
from services.runtime.kafka_link import KafkaLink
from services.runtime.whole_reading import CannotRead, read_to_end
from tests.chaos.crash_points import SAY_WHERE
from tests.chaos.faults.database import ANSWER_SECONDS, AWAY, SESSIONS, UNDONE_WITHIN, superuser
from tests.chaos.faults.missed import Missed
from tests.chaos.schedule import Fault

if TYPE_CHECKING:
    from tests.chaos.world import World

    Connection = asyncpg.Connection[asyncpg.Record]

BACK_WITHIN = 240.0
"""Seconds until a service whose database was put back speaks again: its link to Kafka may be cut meanwhile."""
SAYS_WHERE_AFTER = 90.0
OWN = "select topic, value, hash from log where topic is not null and pos > $1"


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
    async with superuser(world, fault) as connection:
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
