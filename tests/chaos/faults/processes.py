"""Processes that are killed, at any instant or at a named one, and processes that stand still."""

import asyncio
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psutil

from tests.chaos.faults.missed import Missed
from tests.chaos.schedule import Fault

if TYPE_CHECKING:
    from tests.chaos.world import World


async def kill_service(world: "World", fault: Fault) -> None:
    """kill -9, and it stays dead for a while."""
    with world.down(fault.target):
        await world.kill(fault.target)
        await asyncio.sleep(fault.lasts)


async def kill_at_point(world: "World", fault: Fault) -> dict[str, Any]:
    """It kills itself at a point of its way."""
    tier, began = fault.target, time.monotonic()
    with world.down(tier):
        world.trigger(tier).write_text(f"{fault.more['point']} {fault.more['nth']}")
        process = world.services[tier].process
        try:
            if process is not None:
                with suppress(subprocess.TimeoutExpired):
                    await asyncio.to_thread(process.wait, fault.lasts)
        finally:
            died = world.died_at_point(tier)
        if not died:
            raise Missed(f"{tier} did not pass {fault.more['point']} {fault.more['nth']} times")
        passed = time.monotonic() - began
        await asyncio.sleep(fault.more["down"])
    return {"passed_after": round(passed, 2)}


async def pause_service(world: "World", fault: Fault) -> None:
    """SIGSTOP: its connections stay, and nothing moves."""
    await pause(_pid_of(world, fault.target), fault.lasts)


async def slow_consumer(world: "World", fault: Fault) -> None:
    """It stands still most of the time."""
    ends = time.monotonic() + fault.lasts
    while time.monotonic() < ends:
        await pause(_pid_of(world, fault.target), fault.more["stopped"])
        await asyncio.sleep(fault.more["runs"])


async def pause_server(world: "World", fault: Fault) -> None:
    """SIGSTOP of a server with all its processes."""
    pid = (world.stack.postgres if fault.target == "postgres" else world.stack.kafka).pid
    if pid is None:
        raise Missed(f"{fault.target} was not running")
    await pause(pid, fault.lasts)


def _pid_of(world: "World", tier: str) -> int:
    process = world.services[tier].process
    if process is None or process.poll() is not None:
        raise Missed(f"{tier} was not running")
    return process.pid


async def pause(pid: int, seconds: float) -> None:
    """SIGSTOP for so long; Missed when it is gone. The main process first, since it makes the others."""
    stopped: list[psutil.Process] = []
    try:
        main = psutil.Process(pid)
        _send(main, signal.SIGSTOP, stopped)
        for child in main.children(recursive=True):
            _send(child, signal.SIGSTOP, stopped)
        await asyncio.sleep(seconds)
    except psutil.NoSuchProcess:
        raise Missed(f"process {pid} was gone") from None
    finally:
        for process in stopped:
            _send(process, signal.SIGCONT, [])


def _send(process: psutil.Process, what: signal.Signals, to: list[psutil.Process]) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(what)
        to.append(process)
