"""How far the log is filled, and the waking of those who follow it.

In one process a wake is an event, not a poll. Other processes of the same service are told (`peers`), and a timer looks
should that be lost.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence, Set

from services.runtime.lately import Kind, Lately, Wanted, Written


class Tide:
    """The highest committed position this process knows of. It only rises. `lately`: what lies below it."""

    def __init__(self, lately: Lately | None = None) -> None:
        self.pos = 0
        self.lately = lately or Lately()
        self._risen = asyncio.Event()

    def rise(self, pos: int) -> None:
        """The log is filled up to `pos`; wakes every follower."""
        if pos > self.pos:
            self.pos = pos
            self._risen.set()
            self._risen = asyncio.Event()

    def fill(self, base: int, pos: int, kinds: Set[Kind], rows: Sequence[Written] = ()) -> None:
        """As `rise`, by whom wrote what lies past `base` (`Lately.add`)."""
        if pos > base:
            self.lately.add(base, pos, kinds, rows)
        self.rise(pos)

    async def past(self, pos: int, seconds: float | None = None) -> bool:
        """True as soon as the log is filled beyond `pos`; False after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.pos <= pos:
                    await self._risen.wait()
        return self.pos > pos

    async def brings(
        self, wanted: Wanted, pos: int, seconds: float, goes_by: Callable[[int], None] = lambda pos: None
    ) -> bool:
        """True as soon as there may be something wanted past `pos`; False after so many seconds, whatever went by.
        `goes_by` hears up to where nothing was."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    while self.pos <= pos:
                        await self._risen.wait()
                    if not self.lately.lacks(pos, self.pos, wanted):
                        return True
                    pos = self.pos
                    goes_by(pos)
        return False

    async def reach(self, pos: int, seconds: float | None = None) -> bool:
        """True as soon as `pos` is filled."""
        return await self.past(pos - 1, seconds)
