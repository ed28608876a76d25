"""Every service is replaced, one after the other, by a new process of it."""

import asyncio
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

from tests.chaos.crash_points import SAY_WHERE
from tests.chaos.faults.missed import Missed
from tests.chaos.faults.network import iptables
from tests.chaos.schedule import Fault

if TYPE_CHECKING:
    from tests.chaos.world import World

READY_WITHIN = 60.0
STOPS_WITHIN = 90.0
"""Seconds after which init systems kill what does not end."""
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
    await _stopped(world, tier, process)
    world.spawn(tier)
    return await _ready(world, tier, world.ports[tier])


async def _beside(world: "World", tier: str) -> bool:
    service = world.services[tier]
    old = service.process
    assert old is not None
    new, port = world.beside(tier)
    if not await _ready(world, tier, port):
        new.kill()
        await asyncio.to_thread(new.wait)
        return False
    every_second = ["-m", "statistic", "--mode", "nth", "--every", "2", "--packet", "0"]
    before, after = world.ports[tier], port
    # One of the two ports is that which clients call; calls go on to the other one by a rule.
    redirect = ["-p", "tcp", "--dport", str(service.port), "-j", "REDIRECT", "--to-ports", str(world.spare[tier])]
    sometimes = [*redirect[:4], *every_second, *redirect[4:]]
    await iptables("-t", "nat", "-I", "OUTPUT", *sometimes)
    if before != service.port:
        await iptables("-t", "nat", "-D", "OUTPUT", *redirect)
    await asyncio.sleep(TOGETHER)
    if after != service.port:
        await iptables("-t", "nat", "-A", "OUTPUT", *redirect)
    await iptables("-t", "nat", "-D", "OUTPUT", *sometimes)
    service.process, world.ports[tier] = new, after
    await _stopped(world, tier, old)
    return True


async def _ready(world: "World", tier: str, port: int) -> bool:
    ends = time.monotonic() + READY_WITHIN
    while time.monotonic() < ends:
        if (await world.answers(tier, port)).get("ready"):
            return True
        await asyncio.sleep(0.2)
    return False


async def _stopped(world: "World", tier: str, process: "subprocess.Popen[bytes]") -> None:
    """In order; one that does not end is a violation by itself."""
    began, listens = time.monotonic(), bool(await world.answers(tier))
    process.send_signal(signal.SIGTERM)
    try:
        code = await asyncio.to_thread(process.wait, STOPS_WITHIN)
        world.journal.note("stopped", target=tier, code=code, seconds=round(time.monotonic() - began, 1))
        # A process that only loads its program may end as any program does.
        if code and (listens or code != -signal.SIGTERM):
            world.found.append(("stops_badly", f"ended with {code} when it was asked to stop", tier))
    except subprocess.TimeoutExpired:
        world.found.append(("does_not_stop", f"still there {STOPS_WITHIN:.0f} s after it was asked to stop", tier))
        process.send_signal(SAY_WHERE)
        await asyncio.sleep(2)
        process.kill()
        await asyncio.to_thread(process.wait)
