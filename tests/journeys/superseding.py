"""Cases on which a township decided unseen, while the city took them over."""

import asyncio
from uuid import uuid4
from weakref import WeakKeyDictionary

from tests.journeys.clerk import Body, Clerk, receipt
from tests.journeys.places import CITY, SHANGYAO
from tests.journeys.system import System
from tests.journeys.waiting import until

ORDER = {"order": "HN-2026-17", "reason": "no-answer"}
MOST = 20


def leader(system: System) -> Clerk:
    return system.clerk(CITY, "government_head", subject="L01")


async def accepted(clerk: Clerk) -> str:
    number = (await clerk.surely("/cases", receipt(), uuid4().hex)).number
    assert (await clerk.surely(f"/cases/{number}/accept", {}, uuid4().hex)).done
    return number


async def decided_unseen(system: System, count: int) -> list[str]:
    """So many: the township's decisions lost, both know it, and the decisions' keys are `decide-<number>`."""
    assert system.link is not None
    township, city = system.clerk(SHANGYAO), leader(system)
    numbers = await asyncio.gather(*(accepted(township) for _ in range(count)))
    portal = Clerk(system.http, system.services["portal"].url, CITY, system.operator)
    for number in numbers:
        # What the portal has read stands in the feed.
        await until(lambda number=number: seen(portal, number), lambda count: count == 2, 120)
    await system.link.cut()
    try:
        for number in numbers:
            assert (await township.act(number, "decide", f"decide-{number}", outcome="granted")).done
            assert (await city.act(number, "assume-custody", **ORDER)).done
    finally:
        await system.link.mend()
    for number in numbers:
        await until(lambda number=number: superseded(city, number), bool, 120)
        await township.sees(number, 120, unit=CITY)
    return numbers


async def seen(portal: Clerk, number: str) -> int:
    """How many events of the case it has."""
    page = (await portal.get("/chains", after=number[:-1], limit=200)).body
    return next((chain["seq"] for chain in page["chains"] if chain["stream"] == number), 0)


async def superseded(clerk: Clerk, number: str) -> list[Body]:
    return (await clerk.get(f"/cases/{number}/superseded")).body["superseded"]


class Beaten:
    """Hands them out one by one, and makes twice as many each time, since each time takes a cut of the link."""

    def __init__(self) -> None:
        self._left = WeakKeyDictionary[System, list[str]]()
        self._next = 2
        self._making = asyncio.Lock()

    async def next(self, system: System) -> str:
        async with self._making:
            if not self._left.get(system):
                self._left[system] = await decided_unseen(system, self._next)
                self._next = min(2 * self._next, MOST)
            return self._left[system].pop()
