"""A rebuild of a view that is killed at its swap."""

import asyncio
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from deploy.local.processes import spawn
from tests.chaos.crash_points import TRIGGER
from tests.chaos.faults.database import UNDONE_WITHIN
from tests.chaos.faults.missed import Missed
from tests.chaos.schedule import Fault

if TYPE_CHECKING:
    from tests.chaos.world import World


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
