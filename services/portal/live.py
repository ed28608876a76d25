"""Server-sent events of the board: each event of a case once, in the order of the log, to whoever listens.

A message's id is its position in this log. Who comes back with `Last-Event-ID` gets what it missed, at most REPLAY
messages; when more was missed, or the position is none of this log's, first a `reset`: read the totals again. Messages
are sent only after the view of cases shows them, so figures read on a message are never older than the message.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
import structlog

from contracts.fields import instant_text
from services.portal.lately import event
from services.runtime.statements import statements
from services.runtime.tide import Tide
from services.runtime.turns import take_turns

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

REPLAY = 1000
BATCH = 500
FAR = 20_000
"""Positions behind the view from which listeners are told to read the totals again instead of hearing each event."""
QUEUE = 64
"""Batches that wait for a slow client before it is dropped; it comes back with its `Last-Event-ID`."""
TICK_SECONDS = 5.0
LISTENERS = 1000
statement = statements(__file__)
log = structlog.get_logger(__name__)


class Full(Exception):
    """As many listen as this process takes."""


class Listener:
    """One client. Its queue ends with None: it was too slow, or the service stops."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE)

    def give(self, chunk: bytes) -> bool:
        with contextlib.suppress(asyncio.QueueFull):
            self.queue.put_nowait(chunk)
            return True
        self.end()
        return False

    def end(self) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self.queue.put_nowait(None)
            return
        self.queue.get_nowait()
        self.queue.put_nowait(None)


class Live:
    """Of one process: the log is read once for all that listen, and not at all when nobody does."""

    def __init__(
        self, pool: "Pool[Record]", shown: Tide, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._pool = pool
        self._shown = shown
        self._clock = clock
        self._pos = 0
        self._listeners: set[Listener] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._listeners)

    async def run(self) -> None:
        """Give every new event to everybody, for ever."""

        async def turn() -> None:
            await self._shown.past(self._pos)
            await self._step()

        await take_turns("live", turn)

    async def _step(self) -> None:
        upto = self._shown.pos
        if not self._listeners:
            self._pos = upto
            return
        if upto - self._pos > FAR:
            self._pos = upto
            self._give(_reset(upto))
            return
        rows = await self._pool.fetch(statement("since"), self._pos, upto, BATCH)
        self._pos = rows[-1]["pos"] if len(rows) == BATCH else upto
        if rows:
            self._give(b"".join(map(_message, rows)))

    def _give(self, chunk: bytes) -> None:
        self._listeners = {listener for listener in self._listeners if listener.give(chunk)}

    def drop(self) -> None:
        """End every stream; who listened comes back with its `Last-Event-ID`."""
        for listener in self._listeners:
            listener.end()
        self._listeners.clear()

    def close(self) -> None:
        """End every stream, and let nobody begin one: the service stops."""
        self._closed = True
        self.drop()

    def listen(self) -> Listener:
        """From now on everything is kept for this client. Raises Full."""
        if self._closed or len(self._listeners) >= LISTENERS:
            raise Full
        listener = Listener(self._pos)
        self._listeners.add(listener)
        return listener

    async def stream(self, listener: Listener, last: int | None) -> AsyncIterator[bytes]:
        """What the client missed, then what comes, and a tick with the time every few seconds."""
        try:
            yield b"retry: 2000\n\n" + self._tick(listener.start)
            if last is not None:
                async for chunk in self._missed(last, listener.start):
                    yield chunk
            while True:
                try:
                    async with asyncio.timeout(TICK_SECONDS):
                        chunk = await listener.queue.get()
                except TimeoutError:
                    yield self._tick(self._pos)
                    continue
                if chunk is None:
                    return
                yield chunk
        finally:
            self._listeners.discard(listener)

    async def _missed(self, last: int, upto: int) -> AsyncIterator[bytes]:
        if last > upto:
            yield _reset(upto)
            return
        cut = await self._pool.fetchval(statement("skipped"), last, upto, REPLAY)
        if cut is not None:
            yield _reset(cut)
            last = cut
        while rows := await self._pool.fetch(statement("since"), last, upto, BATCH):
            yield b"".join(map(_message, rows))
            last = rows[-1]["pos"]

    def _tick(self, pos: int) -> bytes:
        """The comment keeps proxies from closing; the event tells the page that what it shows is current."""
        data = orjson.dumps({"at": instant_text(self._clock()), "pos": pos})
        return b": tick\nevent: tick\ndata: %b\n\n" % data


def _message(row: "Record") -> bytes:
    return b"id: %d\nevent: case\ndata: %b\n\n" % (row["pos"], orjson.dumps(event(row)))


def _reset(pos: int) -> bytes:
    return b"id: %d\nevent: reset\ndata: {}\n\n" % pos
