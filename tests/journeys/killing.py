"""kill -9 of everything that can be killed, and its coming back."""

import asyncio

import asyncpg

from tests.journeys.kafka_content import values
from tests.journeys.places import HOSTED
from tests.journeys.system import System
from tests.journeys.waiting import until

RELAY_WAITS = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock' and query like '%relay%'
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
        case "services":
            await asyncio.gather(*(system.kill9(service) for service in SERVICES))
            await asyncio.gather(*(system.start(service) for service in SERVICES))
        case "servers":
            await asyncio.gather(kill(system, "postgres"), kill(system, "kafka"))
        case "relay":
            await kill_between_send_and_checkpoint(system, "township")
        case _:
            await system.kill9(target)
            await system.start(target)


async def kill_between_send_and_checkpoint(system: System, tier: str) -> None:
    """Kill a service when Kafka has records and the database does not know it yet: whatever moves the checkpoint waits
    for a lock that is held here."""
    await until(lambda: system.status(tier), lambda said: said["relay"]["leads"] and said["relay"]["problem"] is None)
    kafka, feed = system.stack.kafka.bootstrap(), f"{system.prefix}{tier}.events"
    holding: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(system.services[tier].dsn)
    try:
        async with holding.transaction():
            await holding.execute("select from relay for update")
            # Whatever the others wait for, here is something to send.
            sent = (await system.clerk(HOSTED[tier][0]).receive()).number.encode()
            await until(lambda: values(kafka, [feed]), lambda seen: any(sent in value for value in seen[feed]))
            await until(lambda: holding.fetchval(RELAY_WAITS), lambda waiting: waiting)
            await system.kill9(tier)
    finally:
        await holding.close()
    await system.start(tier)
