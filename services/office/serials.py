"""Case serials: each unit numbers the receipts of a local day from 1. A number taken by a failed receipt stays free."""

from typing import TYPE_CHECKING

from services.runtime.statements import statement

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

JUMP = 1000
"""After a restore the serial jumps: numbers given out since the backup, and lost with it, are not given out again."""


class Serials:
    """Of one process. Two processes that take the same number collide at the append, and one takes the next."""

    def __init__(self, pool: "Pool[Record]") -> None:
        self._pool = pool
        self._next: dict[str, int] = {}

    async def next(self, prefix: str) -> int:
        """The next serial under `prefix` (unit and local day)."""
        if prefix not in self._next:
            row = await self._pool.fetchrow(statement("log/last_serial"), prefix)
            assert row is not None
            self._next.setdefault(prefix, row["last"] + 1 + (0 if row["given"] else JUMP))
            if len(self._next) > 10_000:
                # Imports touch many days; a forgotten day is read again from the log.
                self._next = {prefix: self._next[prefix]}
        serial = self._next[prefix]
        self._next[prefix] = serial + 1
        return serial

    def unused(self, prefix: str, serial: int) -> None:
        """The number was not needed after all; give it to the next, if no later one was given out."""
        if self._next.get(prefix) == serial + 1:
            self._next[prefix] = serial

    def forget(self, prefix: str) -> None:
        """Somebody else took a number: read again."""
        self._next.pop(prefix, None)
