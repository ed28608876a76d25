"""How far the log is filled, and the waking of those who follow it.

In one process a wake is an event, not a poll. Other processes of the same service are told by NOTIFY, sent after the
commit and never inside it (a NOTIFY in the transaction would serialize all commits of the cluster), and a timer looks
should a notification be lost.
"""

import asyncio
import contextlib


class Tide:
    """The highest committed position this process knows of. It only rises."""

    def __init__(self) -> None:
        self.pos = 0
        self._risen = asyncio.Event()

    def rise(self, pos: int) -> None:
        """The log is filled up to `pos`; wakes every follower."""
        if pos > self.pos:
            self.pos = pos
            self._risen.set()
            self._risen = asyncio.Event()

    async def past(self, pos: int, seconds: float | None = None) -> bool:
        """True as soon as the log is filled beyond `pos`; False after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.pos <= pos:
                    await self._risen.wait()
        return self.pos > pos

    async def reach(self, pos: int, seconds: float | None = None) -> bool:
        """True as soon as `pos` is filled."""
        return await self.past(pos - 1, seconds)
