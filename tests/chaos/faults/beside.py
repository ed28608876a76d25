"""A second process of a service, on the same database: clients come to both by turns, and one of the two ends."""

import asyncio
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import asyncpg
import psutil

from tests.chaos.crash_points import SAY_WHERE
from tests.chaos.faults.missed import Missed
from tests.chaos.faults.network import ASKS_FROM, iptables
from tests.chaos.faults.processes import pause
from tests.chaos.schedule import Fault

if TYPE_CHECKING:
    from tests.chaos.world import World

READY_WITHIN = 60.0
STOPS_WITHIN = 90.0
"""Seconds after which init systems kill what does not end."""
END_SESSIONS = "select count(pg_terminate_backend(pid)) from pg_stat_activity where client_port = any($1::integer[])"
EVERY_SECOND = ["-m", "statistic", "--mode", "nth", "--every", "2", "--packet", "0"]


async def second_process(world: "World", fault: Fault) -> dict[str, Any]:
    """Both work while it lasts; then `more['ends']` says which of them ends, and how. `deposed`: in between the first
    stands still while its sessions are ended, so that the other one leads when it wakes."""
    tier, more = fault.target, fault.more
    service = world.services[tier]
    with world.down(tier):
        first = service.process
        if first is None or first.poll() is not None:
            raise Missed(f"{tier} was not running")
        second, port = world.beside(tier)
        if not await ready(world, tier, port):
            await _killed(second)
            raise Missed("the second process did not become ready")
        await halves(world, tier)
        try:
            if more["deposed"]:
                await asyncio.sleep(fault.lasts / 3)
                await asyncio.gather(pause(first.pid, fault.lasts / 3), _sessions_ended(world, first.pid))
            await asyncio.sleep(fault.lasts / 3 if more["deposed"] else fault.lasts)
        finally:
            stays = more["ends"].startswith("second") and first.poll() is None
            await whole(world, tier, world.ports[tier] if stays else port)
            goes = second if stays else first
            if not stays:
                service.process, world.ports[tier] = second, port
            await (_killed(goes) if more["ends"].endswith("killed") else stopped(world, tier, goes))
    return {"goes_on": "first" if stays else "second"}


async def ready(world: "World", tier: str, port: int) -> bool:
    """Whether it is in time."""
    ends = time.monotonic() + READY_WITHIN
    while time.monotonic() < ends:
        if (await world.answers(tier, port)).get("ready"):
            return True
        await asyncio.sleep(0.2)
    return False


async def halves(world: "World", tier: str) -> None:
    """Clients come to both of a service's ports by turns. They call one of them; calls go on to the other by a rule."""
    calls, elsewhere = _redirect(world, tier)
    await iptables("-t", "nat", "-I", "OUTPUT", *calls, *EVERY_SECOND, *elsewhere)
    if world.ports[tier] == world.spare[tier]:
        await iptables("-t", "nat", "-D", "OUTPUT", *calls, *elsewhere)


async def whole(world: "World", tier: str, port: int) -> None:
    """From `halves` on: clients come to this port alone."""
    calls, elsewhere = _redirect(world, tier)
    if port == world.spare[tier]:
        await iptables("-t", "nat", "-A", "OUTPUT", *calls, *elsewhere)
    await iptables("-t", "nat", "-D", "OUTPUT", *calls, *EVERY_SECOND, *elsewhere)


def _redirect(world: "World", tier: str) -> tuple[list[str], list[str]]:
    """Which calls go on, and where; never those of the run itself, which asks a process and not the service."""
    called, other = world.services[tier].port, world.spare[tier]
    calls = ["-p", "tcp", "!", "-s", ASKS_FROM, "--dport", str(called)]
    return calls, ["-j", "REDIRECT", "--to-ports", str(other)]


async def stopped(world: "World", tier: str, process: "subprocess.Popen[bytes]") -> None:
    """In order; one that does not end is a violation by itself. What another fault has killed is gone already."""
    if process.poll() is not None:
        return
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
        await _killed(process)


async def _killed(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    await asyncio.to_thread(process.wait)


async def _sessions_ended(world: "World", pid: int) -> None:
    """Those of this process alone, told by its ports; a database that is away has none."""
    ports = [one.laddr.port for one in psutil.Process(pid).net_connections("tcp")]
    await asyncio.sleep(0.2)
    try:
        connection = await asyncpg.connect(world.stack.postgres.admin_dsn(), timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return
    try:
        await connection.fetchval(END_SESSIONS, ports)
    finally:
        await connection.close(timeout=5)
