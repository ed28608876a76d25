# pyright: reportMissingImports=false
"""`@eventide/message-db` (npm): its own table, indexes and functions, called by asyncpg with prepared statements.

Best of what was tried: a pool of 64 connections (4 and 10 were slower, 20 as good) and a category for each caller,
because a write locks its category: with one category for all, the order in which a follower of ours reads, it was three
times slower or more. Its extension pgcrypto is left out: PostgreSQL has `gen_random_uuid` itself.
"""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import asyncpg
import uvloop

from tests.bench.peers.telling import DSN, Done, Streams, check, serve, versions

PACKAGE = Path(os.environ["PEER_PACKAGES"]) / "node_modules" / "@eventide" / "message-db"
POOL = 64
TYPE = "Event"
SQL = (
    "schema/message-store",
    "tables/messages",
    "types/message",
    *(f"functions/{name}" for name in ("message-store-version", "hash-64", "category", "acquire-lock", "is-category")),
    *(f"functions/{name}" for name in ("id", "cardinal-id", "stream-version", "write-message", "get-stream-messages")),
    *(f"indexes/messages-{name}" for name in ("id", "stream", "category")),
)
"""Its installer's order, without roles, privileges, reports and readers of categories."""
WRITE = "select write_message($1, $2, $3, $4, null, $5)"
READ = "select position, type, data from get_stream_messages($1)"
PREPARE = (
    "select write_message(gen_random_uuid()::text, s, $1, h.data, null, h.n - 2) "
    "from unnest($2::text[]) s, unnest($3::jsonb[]) with ordinality h (data, n) order by s, h.n"
)


class MessageDb:
    """Its database, ready to be used."""

    def __init__(self, pool) -> None:
        self._pool = pool
        self._streams = Streams()

    @staticmethod
    async def made() -> "MessageDb":
        path = {"search_path": "message_store,public"}
        pool = await asyncpg.create_pool(DSN, min_size=POOL, max_size=POOL, server_settings=path, reset=_as_it_is)
        async with pool.acquire() as connection:
            for name in SQL:
                await connection.execute((PACKAGE / "database" / f"{name}.sql").read_text(encoding="utf-8"))
        return MessageDb(pool)

    async def append(self, callers: int, seconds: float, event: str) -> Done:
        """New streams of one event."""

        async def one(caller: int) -> bool:
            async with self._pool.acquire() as connection:
                await connection.fetchval(WRITE, str(uuid4()), f"caller{caller}-{uuid4()}", TYPE, event, -1)
            return True

        commands, took = await by_tasks(callers, seconds, one)
        return Done(commands, took, commands)

    async def load_append(self, callers: int, seconds: float, event: str, history: list[str], streams: int) -> Done:
        """Read a stream, append the event that follows."""
        prepared = 0
        while (wanted := streams - len(self._streams)) > 0:
            names = [f"caller{number % callers}-{uuid4()}" for number in range(wanted)]
            await self._pool.execute(PREPARE, TYPE, names, history)
            self._streams.add(names, len(history))
            prepared += len(history) * len(names)

        async def one(caller: int) -> bool:
            taken = self._streams.take()
            if taken is None:
                return False
            stream, length = taken
            async with self._pool.acquire() as connection:
                events = [json.loads(row["data"]) for row in await connection.fetch(READ, stream)]
                check(len(events), length, stream)
                await connection.fetchval(WRITE, str(uuid4()), stream, TYPE, event, length - 1)
            self._streams.extended(stream, length + 1)
            return True

        commands, took = await by_tasks(callers, seconds, one)
        return Done(commands, took, commands + prepared)


async def _as_it_is(connection) -> None:
    """Giving a connection back costs no round trip."""


async def by_tasks(callers: int, seconds: float, one: Callable[[int], Awaitable[bool]]) -> tuple[int, float]:
    """How often `one` was done by so many tasks, and the seconds that it took."""
    begun = time.perf_counter()
    until = begun + seconds

    async def caller(number: int) -> int:
        done = 0
        while time.perf_counter() < until and await one(number):
            done += 1
        return done

    commands = sum(await asyncio.gather(*map(caller, range(callers))))
    return commands, time.perf_counter() - begun


def main() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        peer = runner.run(MessageDb.made())
        version = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))["version"]
        serve(
            f"message-db {version}: its functions by {versions('asyncpg', 'uvloop')}, pool of {POOL}, "
            "a category for each caller, one process",
            {
                "append": lambda **asked: runner.run(peer.append(**asked)),
                "load_append": lambda **asked: runner.run(peer.load_append(**asked)),
            },
        )


if __name__ == "__main__":
    main()
