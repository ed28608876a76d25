"""Case serials: each unit numbers the receipts of a local day from 1. A number taken by a failed receipt stays free.

A process that is alone counts in memory. When it finds a number taken, another process of the service counts too, and
from then on both reserve theirs in the database for as many receipts as wait; by optimism alone they would meet at
nearly every number. A process that dies leaves unused what it had reserved.
"""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from services.casework.moment import SHANGHAI
from services.runtime.log import Log
from services.runtime.statements import statement as of_the_log
from services.runtime.statements import statements

statement = statements(__file__)
JUMP = 10_000
REMEMBERED = 10_000
"""Unit-days; imports touch many. A forgotten one is read again from the log."""


def after_restore(now: datetime) -> int:
    """The first serial after a restore: above those of a plain day, and by the clock (tenths of a second of the local
    day), because numbers given out since the backup were lost with it, and a second restore of the same backup must
    not jump to the same place."""
    local = now.astimezone(SHANGHAI)
    return JUMP + (local.hour * 3600 + local.minute * 60 + local.second) * 10 + local.microsecond // 100_000


class Serials:
    """Of one process."""

    def __init__(self, log: Log, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._log = log
        self._clock = clock
        self._next: dict[str, int] = {}
        self._shared: dict[str, _Shared] = {}

    async def next(self, prefix: str) -> int:
        """The next serial under `prefix` (unit and local day). Raises NotWritable: what is in a database that still
        reads back what it had said tells nothing of the numbers that it gave out."""
        self._log.must_be_open()
        if (shared := self._shared.get(prefix)) is not None:
            return await shared.next()
        if prefix not in self._next:
            first = await self._first(prefix)
            self._next.setdefault(prefix, first)
            if len(self._next) > REMEMBERED:
                self._next = {prefix: self._next[prefix]}
        serial = self._next[prefix]
        self._next[prefix] = serial + 1
        return serial

    def unused(self, prefix: str, serial: int) -> None:
        """The number was not needed after all; give it to the next, if no later one was given out alone."""
        if (shared := self._shared.get(prefix)) is not None:
            shared.give_back(serial)
        elif self._next.get(prefix) == serial + 1:
            self._next[prefix] = serial

    def taken(self, prefix: str) -> None:
        """Another process has taken a number: from now on they are reserved."""
        self._next.pop(prefix, None)
        if len(self._shared) > REMEMBERED:
            self._shared.clear()
        if (shared := self._shared.get(prefix)) is None:
            self._shared[prefix] = _Shared(self._log, prefix, self._first)
        else:
            shared.passed_by()

    async def _first(self, prefix: str) -> int:
        """Above all that the log has."""
        row = await self._log.pool.fetchrow(of_the_log("log/last_serial"), prefix)
        assert row is not None
        return max(row["last"] + 1, 0 if row["given"] else after_restore(self._clock()))


class _Shared:
    """The serials of a unit's day that this process reserved."""

    def __init__(self, log: Log, prefix: str, first: Callable[[str], Awaitable[int]]) -> None:
        self._log = log
        self._prefix = prefix
        self._first = first
        self._above: int | None = None
        self._free: list[int] = []
        self._waiting = 0
        self._turn = asyncio.Lock()

    async def next(self) -> int:
        self._waiting += 1
        try:
            async with self._turn:
                if not self._free:
                    await self._reserve(self._waiting)
                return heapq.heappop(self._free)
        finally:
            self._waiting -= 1

    def give_back(self, serial: int) -> None:
        heapq.heappush(self._free, serial)

    def passed_by(self) -> None:
        """A process that counts by itself is above what was reserved here: look into the log again."""
        self._above = None

    async def _reserve(self, many: int) -> None:
        if self._above is None:
            self._above = await self._first(self._prefix)
        last: int = await self._log.pool.fetchval(statement("serials_reserved"), self._prefix, many, self._above)
        for serial in range(last - many + 1, last + 1):
            heapq.heappush(self._free, serial)
