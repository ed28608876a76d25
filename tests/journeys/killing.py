"""kill -9 of everything that can be killed, and its coming back."""

import asyncio
import contextlib

import asyncpg

from tests.journeys.kafka_content import values
from tests.journeys.places import HOSTED
from tests.journeys.system import System
from tests.journeys.waiting import until

NOT_NOTED = "select l.value from log l, relay r where l.pos > r.pos and l.topic is not null order by l.pos limit 100"
SENT_WITHIN = 5.0
"""Seconds."""
SERVICES = ("township", "district", "city", "portal")
SERVERS = ("postgres", "kafka")
TARGETS = (*SERVICES, "relay", *SERVERS)
DIE = {"services": SERVICES, "servers": SERVERS, "relay": ("township",)}
"""Targets that are not one process."""


def lives(system: System, *targets: str) -> dict[str, int | None]:
    """The process id of everything that dies with these targets: another one after each death."""
    found = {"postgres": system.stack.postgres.pid, "kafka": system.stack.kafka.pid}
    for name, service in system.services.items():
        found[name] = service.process.pid if service.process else None
    return {name: found[name] for target in targets for name in DIE.get(target, (target,))}


async def kill(system: System, target: str) -> None:
    """Kill it as it stands and start it again; returns when it answers."""
    match target:
        case "postgres":
            await asyncio.to_thread(system.stack.postgres.kill9)
            await asyncio.to_thread(system.stack.postgres.start)
        case "kafka":
            await asyncio.to_thread(system.stack.kafka.kill9)
            await asyncio.to_thread(system.stack.kafka.start)
        case "services":
            await asyncio.gather(*(system.kill9(service) for service in SERVICES))
            await asyncio.gather(*(system.start(service) for service in SERVICES))
        case "servers":
            await asyncio.gather(*(kill(system, server) for server in SERVERS))
        case "relay":
            await kill_between_send_and_checkpoint(system, "township")
        case _:
            await system.kill9(target)
            await system.start(target)


async def kill_between_send_and_checkpoint(system: System, tier: str) -> None:
    """Kill a service when Kafka has records and the database does not know it yet: whatever moves the checkpoint waits
    for a lock that is held here."""
    await until(lambda: system.status(tier), lambda said: said["relay"]["leads"] and said["relay"]["problem"] is None)
    holding: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(system.services[tier].dsn)
    try:
        killed = False
        while not killed:
            # When what waits for the lock is a checkpoint past copies, nothing is sent behind it: the lock is let go.
            async with holding.transaction():
                await holding.execute("select from relay for update")
                await system.clerk(HOSTED[tier][0]).receive()
                with contextlib.suppress(AssertionError):
                    await until(lambda: _not_noted(system, tier, holding), bool, SENT_WITHIN)
                    await system.kill9(tier)
                    killed = True
    finally:
        await holding.close()
    await system.start(tier)


async def _not_noted(system: System, tier: str, database: "asyncpg.Connection[asyncpg.Record]") -> bool:
    """Whether Kafka has a record of this service that its checkpoint has not passed."""
    feed = f"{system.prefix}{tier}.events"
    published = set((await values(system.stack.kafka.bootstrap(), [feed]))[feed])
    return any(row["value"] in published for row in await database.fetch(NOT_NOTED))
