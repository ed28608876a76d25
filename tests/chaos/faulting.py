"""The faults of a schedule over a system at work."""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.chaos.faults import FAULTS, Missed
from tests.chaos.outcome import Outcome
from tests.chaos.schedule import Fault, after, conflict
from tests.chaos.world import World


class Faulting:
    """Each fault at its time. One that would need what an earlier one still has waits for it: faults take longer on a
    busy machine."""

    def __init__(self, world: World, seconds: float, outcome: Outcome, say: Callable[[str], None]) -> None:
        self._world = world
        self._seconds = seconds
        self._outcome = outcome
        self._say = say

    async def all(self, faults: Sequence[Fault]) -> None:
        """Returns when all are over. Raises what a fault did not expect."""
        done = {id(fault): asyncio.Event() for fault in faults}
        async with asyncio.TaskGroup() as group:
            for number, fault in enumerate(faults):
                before = [done[id(one)] for one in faults[:number] if conflict(one, fault)]
                group.create_task(self._one(number, fault, before, done[id(fault)]))

    async def _one(self, number: int, fault: Fault, before: Iterable[asyncio.Event], done: asyncio.Event) -> None:
        journal = self._world.journal
        facts: dict[str, Any] = {"fault": number, "kind": fault.kind, "target": fault.target}
        try:
            await asyncio.sleep(max(0.0, fault.at - journal.seconds))
            for event in before:
                await event.wait()
            if journal.seconds > self._seconds:
                raise Missed("its time was over")
            journal.note("begin", **facts, lasts=fault.lasts, more=fault.more)
            self._say(f"{journal.seconds:7.1f}  {fault.kind} {fault.target} {_brief(fault)}")
            found = await FAULTS[fault.kind](self._world, fault)
            journal.note("end", **facts, **(found or {}))
            self._outcome.faults[fault.kind] += 1
            await asyncio.sleep(after(fault))
        except Missed as error:
            journal.note("missed", **facts, why=str(error))
            self._outcome.missed.append(f"{fault.kind} {fault.target}: {error}")
            self._say(f"{journal.seconds:7.1f}  missed: {fault.kind} {fault.target}: {error}")
        finally:
            done.set()


def _brief(fault: Fault) -> str:
    return json.dumps(fault.more, ensure_ascii=False) if fault.more else ""
