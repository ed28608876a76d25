"""A replica on its own database, and Kafka to write into."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg
from aiokafka import AIOKafkaProducer

from contracts.envelope import CONTENT_TYPE
from contracts.inbox import AnyMessage
from contracts.topics import Topics
from services.runtime.batch import Messages
from services.runtime.database import connect, migrate
from services.runtime.host import Host
from services.runtime.kafka_in import KafkaIn
from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import dead_letters, ensure_topics, feeds, inboxes
from services.runtime.kafka_watch import KafkaWatch
from services.runtime.log import Log
from services.runtime.replica import Replica
from services.runtime.tide import Tide
from tests.runtime.records import CITY, DISTRICT, HEADERS, OTHER, TOWNSHIP

if TYPE_CHECKING:
    from asyncpg import Record as Row
    from asyncpg.pool import Pool

    from services.runtime.companion import Connected

UNITS = {"township": TOWNSHIP, "district": DISTRICT, "city": CITY, "portal": "portal"}


class Given(NamedTuple):
    """A record as Kafka would give it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = (("content-type", CONTENT_TYPE),)


class Keeps(Messages):
    """Remembers messages; refuses nothing."""

    def __init__(self) -> None:
        self.messages: list[AnyMessage] = []

    async def keep(self, connection: "Connected", messages: Sequence[AnyMessage]) -> dict[int, str]:
        self.messages += messages
        return {}


@dataclass
class Office:
    """One service's replica; its database is made by the fixture."""

    host: Host
    pool: "Pool[Row]"
    tide: Tide
    log: Log
    replica: Replica
    messages: Any
    live: list[str] = field(default_factory=list[str])

    async def take(self, topic: str, values: Iterable[bytes | None], cluster: str = "here", first: int = 0) -> None:
        given = [Given(topic, 0, first + at, b"key", value) for at, value in enumerate(values)]
        await self.replica.take(given, cluster)

    async def chain(self, stream: str) -> list[bytes]:
        rows = await self.pool.fetch("select value from log where stream = $1 and live order by seq", stream)
        return [row["value"] for row in rows]

    async def count(self, table: str) -> int:
        return await self.pool.fetchval(f"select count(*) from {table}")

    async def is_back(self) -> None:
        """Return when the database answers again."""
        while True:
            try:
                await self.count("log")
                return
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self.tide.past(self.tide.pos, 0.2)

    async def reaches(self, count: int, seconds: float = 20) -> None:
        """Return when the log has so many rows."""
        async with asyncio.timeout(seconds):
            while await self.pool.fetchval("select pos from log_head") < count:
                await self.tide.past(self.tide.pos, 0.2)

    async def has_read(self, topic: str, offset: int, cluster: str, seconds: float = 20) -> None:
        """Return when partition 0 was read up to `offset`, as the database has it."""
        async with asyncio.timeout(seconds):
            while (await self.replica.offsets(cluster)).get((topic, 0)) != offset:
                await self.tide.past(self.tide.pos, 0.1)


def host(tier: str, prefix: str = "", *, units: Iterable[str] = ()) -> Host:
    return Host(f"{tier}-test", tier, frozenset(units) or frozenset([UNITS[tier]]), CITY, Topics(prefix))


@asynccontextmanager
async def office(database: str, tier: str = "portal", prefix: str = "", messages: Any = None) -> AsyncIterator[Office]:
    pool = await connect(database, size=4)
    try:
        async with pool.acquire() as connection:
            await migrate(connection)
        tide, keeps, live = Tide(), messages or Keeps(), list[str]()
        here = host(tier, prefix)
        replica = Replica(pool, tide, here, keeps, on_live=live.extend)
        yield Office(here, pool, tide, Log(pool, tide), replica, keeps, live)
    finally:
        await pool.close()


class Running:
    """Tasks that run beside a test and are cancelled at its end; one that failed fails the test."""

    def __init__(self, *coroutines: Any) -> None:
        self._coroutines = coroutines

    async def __aenter__(self) -> "Running":
        self._tasks = [asyncio.create_task(one) for one in self._coroutines]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        for outcome in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


def reader(of: Office, bootstrap: str, **options: Any) -> KafkaIn:
    link = KafkaLink(bootstrap)
    return KafkaIn(
        link,
        f"{of.host.topics.prefix}{of.host.service}",
        of.host.reads,
        of.replica,
        lambda: all_topics(bootstrap, of.host),
        KafkaWatch(link, **({"look_every": 0.5} | options)),
    )


async def all_topics(bootstrap: str, here: Host) -> None:
    topics = here.topics
    wanted = [*feeds(topics), *inboxes(topics, [*UNITS.values(), OTHER]), dead_letters(topics, here.service)]
    await ensure_topics(KafkaLink(bootstrap), wanted)


@asynccontextmanager
async def producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as made:
        yield made


async def send(made: AIOKafkaProducer, topic: str, values: Iterable[bytes], partition: int = 0) -> None:
    for sent in [await made.send(topic, value, b"key", partition, headers=HEADERS) for value in values]:
        await sent


def folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
