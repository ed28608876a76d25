"""All subscriptions of a service: one process of it sends, and each subscriber has a task of its own there."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from services.runtime.database import DATABASE_AWAY
from services.runtime.metrics import Metrics
from services.runtime.statements import statement
from services.runtime.tide import Tide
from services.runtime.turns import take_turns
from services.runtime.webhooks.sending import Patience, Sending

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

log = structlog.get_logger(__name__)
LEASE = 15.0
"""Seconds after which another process may send, when this one says nothing."""
RENEW = 4.0


class _Ended(Exception):
    """A subscription is to be sent nothing more."""


class Webhooks:
    """`wrapping`: by unit, the keys that secrets are derived from; `origin`: how this service names itself.

    A process that hangs and wakes up may send what another sent meanwhile: a copy, as subscribers must expect. It moves
    no position that the other moved.
    """

    def __init__(
        self,
        pool: "Pool[Record]",
        tide: Tide,
        wrapping: Mapping[str, bytes],
        origin: str,
        patience: Patience | None = None,
    ) -> None:
        self._pool = pool
        self._tide = tide
        self._wrapping = wrapping
        self._origin = origin
        self._patience = patience or Patience()
        self._me = uuid4()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._away = self._dead = 0

    def changed(self) -> None:
        """A subscription was made, ended, paused, resumed or taken back: look now."""
        self._changed.set()

    async def run(self) -> None:
        """Send for ever."""
        try:
            await take_turns("webhooks", self._turn)
        finally:
            await self._end(list(self._running))

    async def _turn(self) -> None:
        self._changed.clear()
        leads = await self._pool.fetchval(statement("webhook/lease"), self._me, LEASE)
        wanted = {row["id"] for row in await self._pool.fetch(statement("webhook/active"))} if leads else set[str]()
        await self._end([webhook for webhook, task in self._running.items() if webhook not in wanted or task.done()])
        for webhook in wanted - self._running.keys():
            sending = Sending(self._pool, self._tide, webhook, self._wrapping, self._origin, self._patience)
            self._running[webhook] = asyncio.create_task(self._one(sending), name=f"webhook {webhook}")
        totals = await self._pool.fetchrow(statement("webhook/totals"))
        assert totals is not None
        self._away, self._dead = totals["away"], totals["dead"]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RENEW):
                await self._changed.wait()

    async def _one(self, sending: Sending) -> None:
        async def turn() -> None:
            if not await sending.step():
                raise _Ended

        with contextlib.suppress(_Ended):
            await take_turns("webhook", turn, DATABASE_AWAY, (_Ended,))

    async def _end(self, webhooks: list[str]) -> None:
        tasks = [self._running.pop(webhook) for webhook in webhooks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def measure(self, metrics: Metrics) -> None:
        """What an alarm is set on."""
        metrics.watch("webhooks_away", "Subscribers that do not answer or were stopped", lambda: self._away)
        metrics.watch("webhooks_dead", "Events that subscribers refused and that were given up", lambda: self._dead)
