"""Every service is replaced, one after the other, by a new process of it."""

import asyncio
from typing import TYPE_CHECKING, Any

from tests.chaos.faults.beside import halves, ready, stopped, whole
from tests.chaos.faults.missed import Missed
from tests.chaos.schedule import Fault

if TYPE_CHECKING:
    from tests.chaos.world import World

TOGETHER = 2.0
"""Seconds for which clients come to the old process and to the new one by turns."""


async def upgrade(world: "World", fault: Fault) -> dict[str, Any]:
    """`beside`: the old one stops only when the new one is ready; else it is started where the old one ended."""
    done: list[str] = []
    for tier in fault.more["order"]:
        with world.down(tier):
            if await (_beside(world, tier) if fault.more["beside"] else _after(world, tier)):
                done.append(tier)
    if not done:
        raise Missed("no new process became ready")
    return {"upgraded": done}


async def _after(world: "World", tier: str) -> bool:
    process = world.services[tier].process
    assert process is not None
    await stopped(world, tier, process)
    world.spawn(tier)
    return await ready(world, tier, world.ports[tier])


async def _beside(world: "World", tier: str) -> bool:
    service = world.services[tier]
    old = service.process
    assert old is not None
    new, port = world.beside(tier)
    if not await ready(world, tier, port):
        new.kill()
        await asyncio.to_thread(new.wait)
        return False
    await halves(world, tier)
    await asyncio.sleep(TOGETHER)
    await whole(world, tier, port)
    service.process, world.ports[tier] = new, port
    await stopped(world, tier, old)
    return True
