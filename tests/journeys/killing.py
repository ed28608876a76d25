"""kill -9 of everything that can be killed, and its coming back."""

import asyncio

import asyncpg

from tests.journeys.system import System
from tests.journeys.waiting import until

RELAY_WAITS = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock' and query like 'update relay set pos%'
"""
SERVICES = ("township", "district", "city", "portal")
TARGETS = (*SERVICES, "relay", "postgres", "kafka")


async def kill(system: System, target: str) -> None:
    """Kill it as it stands and start it again; returns when it answers."""
    match target:
        case "postgres":
            await asyncio.to_thread(system.stack.postgres.kill9)
            await asyncio.to_thread(system.stack.postgres.start)
        case "kafka":
            await asyncio.to_thread(system.stack.kafka.kill9)
            await asyncio.to_thread(system.stack.kafka.start)
        case "relay":
            await kill_between_send_and_checkpoint(system, "township")
        case _:
            await system.kill9(target)
            await system.start(target)


async def kill_between_send_and_checkpoint(system: System, tier: str) -> None:
    """Kill a service when Kafka has acknowledged records and the database does not know it yet: its checkpoint waits
    for a lock that is held here."""
    holding: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(system.services[tier].dsn)
    try:
        async with holding.transaction():
            await holding.execute("select from relay for update")
            await until(lambda: holding.fetchval(RELAY_WAITS), lambda waiting: waiting)
            await system.kill9(tier)
    finally:
        await holding.close()
    await system.start(tier)
