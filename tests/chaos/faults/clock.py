"""The clock of one service is set."""

import asyncio
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.chaos.schedule import Fault

if TYPE_CHECKING:
    from tests.chaos.world import World

OFFICE_TIME = ZoneInfo("Asia/Shanghai")


async def set_clock(world: "World", fault: Fault) -> None:
    """While it runs, or as it finds it after kill -9; set right again while it runs."""
    tier = fault.target
    world.clock(tier, fault.more["by"])
    try:
        if fault.more["restart"]:
            await world.kill(tier)
        await asyncio.sleep(fault.lasts)
    finally:
        world.clock(tier)


async def cross_midnight(world: "World", fault: Fault) -> dict[str, Any]:
    """It is shortly before midnight in the office, and then it is a holiday; then it is today again."""
    now = datetime.now(OFFICE_TIME)
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), OFFICE_TIME)
    by = int((midnight - now).total_seconds()) - fault.more["before"]
    world.clock(fault.target, by)
    try:
        await asyncio.sleep(fault.lasts)
    finally:
        world.clock(fault.target)
    return {"by": by}
