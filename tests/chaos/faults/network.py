"""Links that are cut: both ways or one, once or again and again, silently or with a reset.

`to` says which link of a service: `kafka`, whose listener for it has a port of its own, `broker 2` of it alone, or
`clients`, whoever calls it.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests.chaos.schedule import Fault

if TYPE_CHECKING:
    from tests.chaos.world import World

ASKS_FROM = "127.0.0.9"
"""From where the run itself asks a program how it is: no rule sends that on to another process of it."""
TARGETS = {"drop": ["DROP"], "reset": ["REJECT", "--reject-with", "tcp-reset"]}
PORTS = {"requests": "--dports", "answers": "--sports"}


async def cut(world: "World", fault: Fault) -> None:
    """Cut while it lasts."""
    async with _broken(world, fault):
        await asyncio.sleep(fault.lasts)


async def flap(world: "World", fault: Fault) -> None:
    """Cut and whole by turns."""
    ends = time.monotonic() + fault.lasts
    while time.monotonic() < ends:
        async with _broken(world, fault):
            await asyncio.sleep(fault.more["cut"])
        await asyncio.sleep(fault.more["whole"])


@asynccontextmanager
async def _broken(world: "World", fault: Fault) -> AsyncIterator[None]:
    ports = ",".join(map(str, world.listeners(fault.target, fault.more["to"])))
    rules = [
        ["-p", "tcp", "-m", "multiport", PORTS[way], ports, "-j", *TARGETS[fault.more["how"]]]
        for way in fault.more["ways"]
    ]
    done: list[list[str]] = []
    try:
        for rule in rules:
            await iptables("-A", "OUTPUT", *rule)
            done.append(rule)
        yield
    finally:
        for rule in done:
            await iptables("-D", "OUTPUT", *rule)


async def iptables(*words: str) -> None:
    """Raises RuntimeError with its words; shielded, because a rule that stays would outlive its fault."""
    await asyncio.shield(asyncio.ensure_future(_iptables(words)))


async def _iptables(words: tuple[str, ...]) -> None:
    process = await asyncio.create_subprocess_exec(
        "iptables", "-w", *words, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"iptables {' '.join(words)}: {said.decode().strip()}")
