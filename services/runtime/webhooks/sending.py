"""One subscription's way through the log: what is new, what was refused, and the wait while the subscriber is away.

At least once, in the order of each case; the subscriber tells copies by `Webhook-Id`. Two kinds of failure are told
apart. A subscriber that is away holds only itself: its position stays, the log keeps what it missed. An event that it
refuses steps aside with the later ones of its case, is tried again ever more seldom, and is given up in the end; the
other cases go on.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import structlog

from services.runtime.statements import statement
from services.runtime.tide import Tide
from services.runtime.webhooks.posting import Away, Gone, Message, Poster
from services.runtime.webhooks.signing import secret

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

log = structlog.get_logger(__name__)
PAGE = 200
WINDOW = 50_000
"""Positions searched in one statement, however rare what the subscriber wants."""
AT_ONCE = 8
"""Cases of one subscriber that are told beside each other."""
MOST_WAITING = 1_000
"""Refused rows beyond which nothing new is sent until some are settled."""
ALL_REFUSED = 20
"""Events refused, and none taken, after which it is the subscriber that fails and not they."""
BOTH_SECRETS = 24 * 3600.0
"""Seconds after a change of the secret for which the old one signs too."""
LOOK_EVERY = 5.0
QUIET = 0.25
"""Seconds between two looks for something new: a busy log is not read anew for each event and each subscriber."""
KEEP_EVERY = 1_000
"""Positions that may go by, with nothing in them for a subscriber, before its own is moved past them."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. A refused event is tried again after `first`, doubled up to `longest`, `tries` times in all; a
    subscriber that is away after `away_first`, doubled up to `away_longest`, for `away_for`; then it is stopped."""

    first: float = 5.0
    longest: float = 3600.0
    tries: int = 12
    away_first: float = 1.0
    away_longest: float = 900.0
    away_for: float = 3 * 24 * 3600.0


class Refused(NamedTuple):
    """`seconds` until it is tried again; None: it waits behind an earlier one of its case."""

    pos: int
    stream: str
    tries: int
    seconds: float | None
    problem: str | None


class Tried(NamedTuple):
    """`seconds` until it is tried once more; None: given up."""

    pos: int
    seconds: float | None
    problem: str


class Sending:
    """Of one subscription, in the one process that sends."""

    def __init__(
        self,
        pool: "Pool[Record]",
        tide: Tide,
        webhook: str,
        wrapping: Mapping[str, bytes],
        origin: str,
        patience: Patience,
    ) -> None:
        self._pool = pool
        self._tide = tide
        self._webhook = webhook
        self._wrapping = wrapping
        self._origin = origin
        self._patience = patience
        self._taken: set[int] = set()
        """Past position `_taken_past`, by a subscriber that was away before the whole page was through."""
        self._taken_past = -1
        self._nothing = (-1, -1)
        """From the first of these positions to the second there is nothing for the subscriber."""

    async def step(self) -> bool:
        """Send until the subscriber is away; False when this subscription is to be sent nothing more."""
        now = await self._state()
        if now is None:
            return False
        if now["wait"]:
            await asyncio.sleep(min(now["wait"], LOOK_EVERY))
            return True
        key = self._wrapping.get(now["keyed_by"])
        if key is None:
            await self._stop(f"the unit {now['keyed_by']} is not here any more: take a new secret")
            return False
        generations = (now["generation"], now["generation"] - 1) if now["both_secrets"] else (now["generation"],)
        secrets = [secret(key, self._webhook, generation) for generation in generations]
        await self._pool.execute(statement("webhook/let_first"), self._webhook)
        made, tries = (now["generation"], now["both_secrets"]), now["tries"]
        try:
            async with Poster(now["url"], self._origin, AT_ONCE) as poster:
                while (now["generation"], now["both_secrets"]) == made:
                    await self._send(poster, secrets, now)
                    now = await self._state()
                    if now is None:
                        return False
                    tries = now["tries"]
        except Gone:
            await self._stop("status 410")
            return False
        except Away as away:
            return await self._away(away, tries)
        return True

    async def _state(self) -> "Record | None":
        """As the database has it; None when nothing is to be sent."""
        now = await self._pool.fetchrow(statement("webhook/state"), self._webhook, BOTH_SECRETS, MOST_WAITING)
        return now if now is not None and now["active"] else None

    async def _send(self, poster: Poster, secrets: Sequence[bytes], now: "Record") -> None:
        """One round; waits for something to send where there was nothing."""
        busy = now["due"] == 0 and await self._again(poster, secrets)
        full, reached = now["waiting"] >= MOST_WAITING, now["pos"]
        if not full:
            sent, reached = await self._page(poster, secrets, now)
            busy = busy or sent
        if not busy:
            wait = LOOK_EVERY if now["due"] is None else min(now["due"], LOOK_EVERY)
            if full or await self._tide.past(reached, wait):
                await asyncio.sleep(wait if full else QUIET)

    async def _page(self, poster: Poster, secrets: Sequence[bytes], now: "Record") -> tuple[bool, int]:
        """Send what comes next in the log; whether there was anything, and the position up to which all is sent or
        stepped aside. Raises Away, Gone."""
        pos: int = now["pos"]
        after = self._nothing[1] if self._nothing[0] == pos else pos
        rows = await self._pool.fetch(
            statement("webhook/page"), self._webhook, after, now["types"], now["units"], PAGE, WINDOW
        )
        found = [row for row in rows if row["pos"] is not None]
        reached: int = found[-1]["pos"] if len(found) == PAGE else max(after, rows[0]["upto"])
        if not found and reached - pos < KEEP_EVERY:
            self._nothing = pos, reached
            return False, reached
        if self._taken_past != pos:
            self._taken.clear()
            self._taken_past = pos
        by_case: dict[str, list[Record]] = defaultdict(list)
        for row in found:
            by_case[row["stream"]].append(row)
        refused: list[Refused] = []
        room = asyncio.Semaphore(AT_ONCE)

        async def one(rows: "list[Record]") -> None:
            behind = rows[0]["held"]
            for row in rows:
                if row["pos"] in self._taken:
                    continue
                problem = None
                if not behind:
                    async with room:
                        problem = await poster.post(_message(row), secrets)
                    if problem is None:
                        self._taken.add(row["pos"])
                        continue
                seconds = None if behind else self._patience.first
                refused.append(Refused(row["pos"], row["stream"], 0 if behind else 1, seconds, problem))
                behind = True

        await _together([one(rows) for rows in by_case.values()])
        told = [one.problem for one in refused if one.problem is not None]
        if len(told) >= ALL_REFUSED and not self._taken:
            raise Away(f"everything is refused: {told[0]}")
        await self._pool.execute(
            statement("webhook/passed"),
            self._webhook,
            pos,
            reached,
            len(self._taken),
            *_columns(refused, len(Refused._fields)),
        )
        return True, reached

    async def _again(self, poster: Poster, secrets: Sequence[bytes]) -> bool:
        """Send what was refused and is due again; False when there was nothing. Raises Away, Gone."""
        rows = await self._pool.fetch(statement("webhook/due"), self._webhook, AT_ONCE)
        taken: list[int] = []
        tried: list[Tried] = []

        async def one(row: "Record") -> None:
            problem = await poster.post(_message(row), secrets)
            if problem is None:
                taken.append(row["pos"])
                return
            tries = row["tries"] + 1
            seconds = _doubled(self._patience.first, tries, self._patience.longest)
            tried.append(Tried(row["pos"], seconds if tries < self._patience.tries else None, problem))

        try:
            await _together([one(row) for row in rows])
        finally:
            if taken or tried:
                columns = _columns(tried, len(Tried._fields))
                await self._pool.execute(statement("webhook/retried"), self._webhook, taken, *columns)
        return bool(rows)

    async def _away(self, away: Away, tries: int) -> bool:
        """Note it, and how long it is left alone; False when that is enough."""
        seconds = max(away.seconds, _doubled(self._patience.away_first, tries + 1, self._patience.away_longest))
        row = await self._pool.fetchrow(
            statement("webhook/away"), self._webhook, seconds, away.problem, self._patience.away_for
        )
        if row is None:
            return False
        said = log.warning if row["state"] == "active" else log.error
        said("webhook_away", webhook=self._webhook, since=row["away_since"].isoformat(), state=row["state"],
             problem=away.problem)  # fmt: skip
        return row["state"] == "active"

    async def _stop(self, problem: str) -> None:
        log.error("webhook_stopped", webhook=self._webhook, problem=problem)
        await self._pool.execute(statement("webhook/stop"), self._webhook, problem)


async def _together(work: Sequence[Awaitable[None]]) -> None:
    """All of it ends before the first failure is raised: what was taken meanwhile is known."""
    for result in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result


def _columns(rows: Sequence[tuple[object, ...]], many: int) -> list[list[object]]:
    return [[row[n] for row in rows] for n in range(many)]


def _doubled(first: float, tries: int, longest: float) -> float:
    """Seconds after the n-th try, from 1 on."""
    return min(first * 2.0 ** min(tries - 1, 30), longest)


def _message(row: "Record") -> Message:
    return Message(row["hash"].hex(), row["value"])
