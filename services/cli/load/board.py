"""What the portal's stream shows: when the n-th event of a type came of a case."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import perf_counter
from typing import NamedTuple

from services.cli.load.connection import NotDone, server


class Place(NamedTuple):
    """The `nth` event of this type of a case, from 1 on."""

    number: str
    event: str
    nth: int


class Board:
    """Listens at a portal (http(s)://host:port)."""

    def __init__(self, url: str) -> None:
        self.seen: dict[Place, float] = {}
        """`perf_counter` when it came."""
        self._url = url
        self._counted: Counter[tuple[str, str]] = Counter()
        self._waiting: dict[Place, asyncio.Future[None]] = {}
        self._begun = asyncio.Event()
        self._ended: NotDone | None = None

    @asynccontextmanager
    async def listening(self) -> "AsyncIterator[Board]":
        """From when the stream has begun on. Raises NotDone; whoever waits while it ends is told so."""
        task, begun = asyncio.create_task(self._listen()), asyncio.create_task(self._begun.wait())
        try:
            await asyncio.wait([task, begun], return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()
            yield self
        finally:
            task.cancel()
            begun.cancel()
            await asyncio.wait([task, begun])

    async def shows(self, place: Place) -> None:
        """Return when it came. Raises NotDone when the stream ended before."""
        if self._ended is not None:
            raise self._ended
        if place not in self.seen:
            self._waiting[place] = asyncio.get_running_loop().create_future()
            await self._waiting[place]

    async def _listen(self) -> None:
        try:
            await self._follow()
        except (OSError, NotDone) as error:
            self._ended = NotDone(f"{self._url}/events: {error}")
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(self._ended)
            raise self._ended from None

    async def _follow(self) -> None:
        at = server(self._url)
        reader, writer = await asyncio.open_connection(at.host, at.port, ssl=at.tls or None)
        try:
            writer.write(f"GET /events HTTP/1.1\r\nHost: {at.named}\r\n\r\n".encode())
            while line := await reader.readline():
                if line.startswith(b"data: {"):
                    self._begun.set()
                    said = json.loads(line[6:])
                    if "number" in said:
                        self._came(said["number"], said["type"].split(".")[2])
            raise NotDone("the stream ended")
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _came(self, number: str, event: str) -> None:
        self._counted[number, event] += 1
        place = Place(number, event, self._counted[number, event])
        self.seen[place] = perf_counter()
        if (waiting := self._waiting.pop(place, None)) is not None and not waiting.done():
            waiting.set_result(None)
