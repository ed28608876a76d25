"""A case opened by number and query code: read while the code is there, and kept nowhere."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from services.office.book_keeper import BookKeeper
from services.portal import requests, tracking_keys
from services.portal.tracked import Tracked, told
from services.portal.tries import Tries
from services.runtime import tracking
from services.runtime.http.problem import Problem
from services.runtime.statements import statement
from services.runtime.tracking import Cost, WrongCode

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

UNDER_WAY = 100
"""Tries that a process takes on at once, those that wait their turn counted in."""
log = structlog.get_logger(__name__)


class Tracking:
    """Of one portal process. `executor` bounds how many derivations run at once, and so their memory."""

    def __init__(
        self,
        pool: "Pool[Record]",
        keeper: BookKeeper,
        executor: Executor,
        cost: Cost,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clock = clock
        self._pool = pool
        self._keeper = keeper
        self._executor = executor
        self._cost = cost
        self._tries = Tries(pool)
        self._under_way = 0

    async def open(self, number: str, code: str, client: str) -> "Opened":
        """The case, for who brings its code. Raises Problem 403 (no such case, a code that cannot be checked yet and
        a wrong one alike), 429, 503."""
        try:
            meant = tracking.typed(code)
        except WrongCode:
            # No code has this form, so it says nothing of any number and costs no try.
            raise _wrong() from None
        if self._under_way >= UNDER_WAY:
            raise _busy()
        self._under_way += 1
        try:
            async with self._tries.one_try(number, client):
                return Opened(number, await self._key(number, meant), self)
        finally:
            self._under_way -= 1

    async def _key(self, number: str, code: str) -> bytes:
        parts = await tracking_keys.kept(self._pool, number)
        try:
            return await tracking.open_with_code(self._executor, code, parts, number, self._cost)
        except WrongCode:
            log.info("track_wrong_code", number=number)
            raise _wrong() from None

    async def shown(self, number: str, key: bytes) -> Tracked:
        """The case as it now is, with what the citizen asked. Raises Problem 503 while its history is on its way."""
        rows = await self._pool.fetch(statement("log/stream"), number)
        if not rows:
            raise not_here_yet()
        asked = (await requests.known(self._pool, number)).before
        return told([row["value"] for row in rows], key, self._keeper.book, self._clock(), asked)


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A case whose code was brought: as long as this is held, it can be read and asked about."""

    number: str
    _key: bytes
    _tracking: Tracking

    async def shown(self) -> Tracked:
        """Raises what `Tracking.shown` raises."""
        return await self._tracking.shown(self.number, self._key)


def not_here_yet() -> Problem:
    return Problem(
        503,
        "not_here_yet",
        "The case is known and its history is still on its way here. Try again in a minute.",
        "办件记录正在同步，请一分钟后再试。",
        headers={"Retry-After": "60"},
    )


def _wrong() -> Problem:
    """The same for every number. That a code cannot be checked yet is said to whoever brings a wrong one or an unknown
    number, because said of its case alone it would tell a guesser which numbers exist."""
    return Problem(
        403,
        "wrong_code",
        "Number and query code do not fit together, or the receipt is so new that its code cannot be checked here yet. "
        "Both stand on your receipt; check them, and with a receipt of just now try again in a few minutes.",
        "办件编号与查询码不符，或收件凭证刚刚出具，查询码暂时无法核验。两者均印在收件凭证上，请核对；新出具的凭证请几分钟后再试。",
    )


def _busy() -> Problem:
    return Problem(
        503,
        "busy",
        "Many people are asking right now. Try again in a moment.",
        "当前查询人数较多，请稍后再试。",
        headers={"Retry-After": "5"},
    )
