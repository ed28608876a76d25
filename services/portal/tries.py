"""Guessing is slow, and nobody can lock a citizen out.

- From one address, ten wrong tries an hour at one number, sixty at all numbers together; then 429. The true citizen,
  elsewhere, is not touched by it.
- At one number, whatever the addresses: past thirty wrong tries in an hour every further one waits its turn, four
  seconds each. At most nine hundred guesses an hour are left of 27^10 codes, that is 13 million years on average for
  one case, and the true citizen waits seconds, not an hour.

A try is booked as wrong before it is made and struck out when it was right, so tries at the same instant count each
other. A number that does not exist is counted like one that does.
"""

import asyncio
import contextlib
import hmac
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import structlog

from services.runtime.http.clients import network
from services.runtime.http.problem import Problem
from services.runtime.statements import statements

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

AT_A_NUMBER = 10
FROM_AN_ADDRESS = 60
BEFORE_SLOW = 30
SLOW_SECONDS = 4.0
WAITING = 50
"""Tries that may wait their turn at one number; more are told to come again."""
statement = statements(__file__)
log = structlog.get_logger(__name__)


class Tries:
    """Of one process; the counts are in the database and so over all processes."""

    def __init__(self, pool: "Pool[Record]") -> None:
        self._pool = pool
        self._key: bytes | None = None
        self._turns: dict[str, tuple[asyncio.Lock, int]] = {}

    @contextlib.asynccontextmanager
    async def one_try(self, number: str, client: str) -> AsyncIterator[None]:
        """Around the derivation: what is raised inside leaves the try booked. Raises Problem 429 for too many."""
        address = await self._digest(client)
        await self._pool.execute(statement("old_tries"))
        booked: int = await self._pool.fetchval(statement("book_try"), number, address)
        counted = await self._pool.fetchrow(statement("count_tries"), number, address)
        assert counted is not None
        if counted["here"] > AT_A_NUMBER or counted["address"] > FROM_AN_ADDRESS:
            # Not made, so not counted: who waits an hour is let in again, however often it knocked.
            await self._pool.execute(statement("unbook_try"), booked)
            log.warning("track_too_many_tries", number=number)
            raise _too_many(600)
        if counted["number"] > BEFORE_SLOW:
            await self._wait_turn(number)
        yield
        await self._pool.execute(statement("forget_tries"), number, address)

    async def _wait_turn(self, number: str) -> None:
        lock, waiting = self._turns.get(number, (asyncio.Lock(), 0))
        if waiting >= WAITING:
            raise _too_many(60)
        self._turns[number] = (lock, waiting + 1)
        try:
            async with lock:
                await asyncio.sleep(SLOW_SECONDS)
        finally:
            lock, waiting = self._turns.pop(number)
            if waiting > 1:
                self._turns[number] = (lock, waiting - 1)

    async def _digest(self, client: str) -> bytes:
        if self._key is None:
            self._key = await self._pool.fetchval("select key from track_address_key")
        assert self._key is not None
        return hmac.digest(self._key, network(client).encode(), "sha256")[:16]


def _too_many(seconds: int) -> Problem:
    return Problem(
        429,
        "too_many_tries",
        "Too many wrong tries. Wait a while and check number and query code on your receipt.",
        "错误次数过多，请稍后再试，并核对收件凭证上的办件编号和查询码。",
        headers={"Retry-After": str(seconds)},
    )
