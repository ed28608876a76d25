"""Case serials: each unit numbers the receipts of a local day from 1. A number taken by a failed receipt stays free."""

from collections.abc import Callable
from datetime import UTC, datetime

from services.casework.moment import SHANGHAI
from services.runtime.log import Log
from services.runtime.statements import statement

JUMP = 10_000


def after_restore(now: datetime) -> int:
    """The first serial after a restore: above those of a plain day, and by the clock (tenths of a second of the local
    day), because numbers given out since the backup were lost with it, and a second restore of the same backup must
    not jump to the same place."""
    local = now.astimezone(SHANGHAI)
    return JUMP + (local.hour * 3600 + local.minute * 60 + local.second) * 10 + local.microsecond // 100_000


class Serials:
    """Of one process. Two processes that take the same number collide at the append, and one takes the next."""

    def __init__(self, log: Log, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._log = log
        self._clock = clock
        self._next: dict[str, int] = {}

    async def next(self, prefix: str) -> int:
        """The next serial under `prefix` (unit and local day). Raises NotWritable: what is in a database that still
        reads back what it had said tells nothing of the numbers that it gave out."""
        self._log.must_be_open()
        if prefix not in self._next:
            row = await self._log.pool.fetchrow(statement("log/last_serial"), prefix)
            assert row is not None
            jump = 0 if row["given"] else after_restore(self._clock())
            self._next.setdefault(prefix, max(row["last"] + 1, jump))
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
