"""How far the log is filled, what it was filled with last, and the waking of those who follow it.

In one process a wake is an event, not a poll. Other processes of the same service are told by NOTIFY, sent after the
commit and never inside it (a NOTIFY in the transaction would serialize all commits of the cluster), and a timer looks
should a notification be lost.

Most of what is written concerns few of those who follow. Who writes says of what kinds the rows are, so that the others
need not ask the database to learn that there is nothing for them. That only spares a look, it never replaces one: a
follower that has not looked for half a second looks, from where its checkpoint in the database is.
"""

import asyncio
import contextlib
from collections.abc import Callable, Set
from typing import NamedTuple

SPANS = 512
"""Commits that are remembered; who is further behind looks into the log."""


class Kind(NamedTuple):
    """Of rows: `first` begins its stream, `passes` is held by another unit than wrote it, `published` has a topic."""

    type: str
    first: bool
    passes: bool
    published: bool


Wanted = Callable[[Kind], bool]
"""Whether rows of this kind concern a follower."""


class _Span(NamedTuple):
    upto: int
    kinds: Set[Kind]


class Tide:
    """The highest committed position this process knows of. It only rises. `like`: another, of the same log."""

    def __init__(self, like: "Tide | None" = None) -> None:
        self.pos = 0
        self._risen = asyncio.Event()
        self._spans: dict[int, _Span] = like._spans if like is not None else {}

    def rise(self, pos: int) -> None:
        """The log is filled up to `pos`; wakes every follower."""
        if pos > self.pos:
            self.pos = pos
            self._risen.set()
            self._risen = asyncio.Event()

    def fill(self, base: int, pos: int, kinds: Set[Kind]) -> None:
        """As `rise`, by whom wrote what lies past `base`: rows of these kinds and no others."""
        if pos > base:
            self._spans.pop(base, None)
            self._spans[base] = _Span(pos, kinds)
            if len(self._spans) > SPANS:
                del self._spans[next(iter(self._spans))]
        self.rise(pos)

    def lacks(self, pos: int, wanted: Wanted) -> bool:
        """True when nothing past `pos` is wanted. False when something is, or when it is not known, because another
        process wrote it or too much was written since."""
        while pos < self.pos:
            span = self._spans.get(pos)
            if span is None or any(map(wanted, span.kinds)):
                return False
            pos = span.upto
        return True

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
                while await self.past(pos):
                    if not self.lacks(pos, wanted):
                        return True
                    pos = self.pos
                    goes_by(pos)
        return False

    async def reach(self, pos: int, seconds: float | None = None) -> bool:
        """True as soon as `pos` is filled."""
        return await self.past(pos - 1, seconds)
