"""The reactor: follows the log by position and performs the acts that nobody decides.

It writes only through append. The command of an act is SHA-256(unit, act, hash of the row it reacts to, epoch of the
case), so doing it twice does nothing; its checkpoint may therefore lag behind what it did.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import structlog

from contracts.envelope import command_id
from services.runtime import entry
from services.runtime.checkpoint import Checkpoint
from services.runtime.entry import Entry
from services.runtime.lately import Kind
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
        self._asked = frozenset(entry.asked(types))
        self._react = react
        self.done = Checkpoint(name)

    async def run(self) -> None:
        """Follow for ever; what fails for want of a database or of leave to write is tried again."""

        async def turn() -> None:
            await self.step()
            if not await self.done.awaits(self._tide, self.wanted, LOOK_EVERY):
                await self.step(keep=True)

        await take_turns(self._name, turn, WRITING_AWAY)

    def wanted(self, kind: Kind) -> bool:
        """What it reacts to."""
        return kind.type in self._asked

    async def step(self, *, keep: bool = False) -> bool:
        """React to one batch; False when there was nothing new to react to. `keep`: the checkpoint is moved all the
        same."""
        async with self._pool.acquire() as connection:
            look = partial(entry.since, connection, self._name, self._prefix, self._types, BATCH)
            read = await self.done.read(connection, look)
            self._tide.rise(read.upto)
            found = [e for e in read.entries if e.event is not None]
            if not found:
                await self.done.go_by(connection, read, keep=keep)
                return False
        await self._act(found)
        # Another process may have been faster; what both did was done once.
        await self.done.move(self._pool, read, read.entries[-1])
        self.done.passed(read.reached)
        return True

    async def _act(self, found: Sequence[Entry]) -> None:
        by_stream: dict[str, list[Entry]] = {}
        for e in found:
            by_stream.setdefault(e.stream, []).append(e)
        room = asyncio.Semaphore(AT_ONCE)

        async def one(stream: list[Entry]) -> None:
            async with room:
                for e in stream:
                    await self._react(e)

        await _all(one(stream) for stream in by_stream.values())


async def _all(work: Iterable[Awaitable[None]]) -> None:
    """Await them together; the first failure is raised after all have ended, so that none runs on behind our back."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
