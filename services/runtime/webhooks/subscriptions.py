"""Making, listing and changing subscriptions; what `Webhooks` then sends."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from services.runtime.statements import statement
from services.runtime.webhooks.posting import Poster, url_problem
from services.runtime.webhooks.signing import secret, shown

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool


class UrlRefused(Exception):
    """Nothing may be sent there; the text is a stable code of `url_problem`."""


class KeyReused(Exception):
    """This key made another subscription before."""


class Subscriptions:
    """Of one service. `hosts`: names or addresses that its operator lets be sent to. Every answer is a row of
    `webhook/list`, or None where there is no such subscription."""

    def __init__(self, pool: "Pool[Record]", wrapping: Mapping[str, bytes], hosts: frozenset[str], origin: str) -> None:
        self._pool = pool
        self._wrapping = wrapping
        self._hosts = hosts
        self._origin = origin

    async def make(
        self,
        key: str,
        url: str,
        types: Sequence[str] | None,
        units: Sequence[str] | None,
        *,
        from_first: bool,
    ) -> tuple["Record", bool]:
        """The subscription, and whether it is new: the same key gives the same one. It begins at the first event of the
        log, or at its end. Raises UrlRefused, KeyReused, `posting.NotAllowed`, `posting.Away`."""
        if code := url_problem(url, self._hosts):
            raise UrlRefused(code)
        id_ = sha256(f"webhook\0{key}".encode()).hexdigest()[:32]
        if await self.one(id_) is None:
            async with Poster(url, self._origin, 1) as poster:
                await poster.ask()
        made = await self._pool.fetchrow(
            statement("webhook/make"), id_, url, types, units, min(self._wrapping), from_first
        )
        assert made is not None
        if (made["url"], made["types"], made["units"]) != (url, types, units):
            raise KeyReused
        found = await self.one(id_)
        assert found is not None
        return found, made["new"]

    def secret(self, row: "Record") -> str:
        """For the subscriber, who checks signatures with it."""
        return shown(secret(self._wrapping[row["keyed_by"]], row["id"], row["generation"]))

    async def all(self) -> "list[Record]":
        return await self._pool.fetch(statement("webhook/list"), None)

    async def one(self, id_: str) -> "Record | None":
        return await self._pool.fetchrow(statement("webhook/list"), id_)

    async def set_state(self, id_: str, state: str) -> "Record | None":
        """`paused`, or `active`: what it missed lies in the log and is sent then."""
        return await self._change("webhook/set_state", id_, state)

    async def rotate(self, id_: str, generation: int) -> "Record | None":
        """Its next secret; the old one signs too for a day. Once for each generation that was seen."""
        return await self._change("webhook/rotate", id_, generation, min(self._wrapping))

    async def rewind(self, id_: str, after: int) -> "Record | None":
        """Everything past this position of the log is sent again."""
        return await self._change("webhook/rewind", id_, after)

    async def replay_dead(self, id_: str, positions: Sequence[int] | None) -> "Record | None":
        """What was given up is sent again: these positions, or all."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(statement("webhook/replay_dead"), id_, positions)
            await connection.execute(statement("webhook/let_first"), id_)
        return await self.one(id_)

    async def dead(self, id_: str, after: int, limit: int) -> "list[Record]":
        """What was given up, past this position of the log."""
        return await self._pool.fetch(statement("webhook/dead"), id_, after, limit)

    async def remove(self, id_: str) -> bool:
        return await self._pool.fetchval(statement("webhook/remove"), id_) is not None

    async def _change(self, name: str, *args: Any) -> "Record | None":
        await self._pool.execute(statement(name), *args)
        return await self.one(args[0])
