"""The reactor: follows the log by position and performs the acts that nobody decides.

It writes only through append. The command of an act is SHA-256(unit, act, hash of the row it reacts to, epoch of the
case), so doing it twice does nothing; its checkpoint may therefore lag behind what it did.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import structlog

from contracts.envelope import command_id
from services.runtime import entry
from services.runtime.checkpoint import Checkpoint
from services.runtime.entry import Entry
from services.runtime.log import WRITING_AWAY
from services.runtime.tide import Tide
from services.runtime.turns import take_turns

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

BATCH = 1000
AT_ONCE = 64
LOOK_EVERY = 0.5

log = structlog.get_logger(__name__)
React = Callable[[Entry], Awaitable[None]]


def reaction(unit: str, act: str, to: bytes, epoch: int) -> bytes:
    """The command of an act that nobody decides: the same row is reacted to once in each epoch of its case."""
    return command_id(unit, f"{act}:{to.hex()}:{epoch}")


class Reactor:
    """`react` is called for each live row of `types`, in order within a stream; it must be safe to call twice."""

    def __init__(
        self, pool: "Pool[Record]", tide: Tide, name: str, prefix: str, types: Sequence[str], react: React
    ) -> None:
        self._pool = pool
        self._tide = tide
        self._name = name
        self._prefix = prefix
        self._types = list(types)
        self._react = react
        self.done = Checkpoint(name)

    async def run(self) -> None:
        """Follow for ever; what fails for want of a database or of leave to write is tried again."""

        async def turn() -> None:
            await self.step()
            await self._tide.past(self.done.pos, LOOK_EVERY)

        await take_turns(self._name, turn, WRITING_AWAY)

    async def step(self) -> bool:
        """React to one batch; False when there was nothing new."""
        pos, upto = await self.done.begin(self._pool)
        self._tide.rise(upto)
        if upto <= pos:
            self.done.passed(pos)
            return False
        found, reached = await entry.after(self._pool, pos, upto, self._prefix, self._types, BATCH)
        by_stream: dict[str, list[Entry]] = {}
        for e in found:
            if e.event is not None:
                by_stream.setdefault(e.stream, []).append(e)
        room = asyncio.Semaphore(AT_ONCE)

        async def one(stream: list[Entry]) -> None:
            async with room:
                for e in stream:
                    await self._react(e)

        await _all(one(stream) for stream in by_stream.values())
        await self.done.advance(self._pool, reached)
        self.done.passed(reached)
        return True


async def _all(work: Iterable[Awaitable[None]]) -> None:
    """Await them together; the first failure is raised after all have ended, so that none runs on behind our back."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
