"""The tables of all services and the scratch file, read beside each other in the order of streams.

Memory holds one stream at a time, however many there are. Each database is read in one snapshot.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import asyncpg

from tests.chaos.checker.evidence import Evidence
from tests.chaos.checker.scratch import Scratch

PAGE = 1000
ENVELOPE = "stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, prev, hash, topic"
QUERIES = {
    "live": f"select {ENVELOPE}, superseded_at from log where live order by stream, seq",
    "superseded": f"select {ENVELOPE}, superseded_at from log where not live order by stream, pos",
    "parked": f"select {ENVELOPE} from parked order by stream, seq",
    "staged": f"select {ENVELOPE} from staged order by stream, seq",
    "quarantined": f"select {ENVELOPE} from quarantined order by stream, seq",
    "fence": "select stream, epoch from fence order by stream",
    "key": "select stream, unit from vault_key order by stream",
    "forgotten": "select stream from vault_forgotten order by stream",
    "case": "select * from cases order by stream",
    "deadline": "select * from deadline order by stream",
    "supervision": "select * from supervision order by stream",
    "waiting": "select * from waiting order by stream",
}
"""What is read of each service, by kind; `key` and `forgotten` are of the vault, of which nothing is opened."""
SENT = "select stream, topic, part, at, hash, prev, unit, seq from sent order by stream, topic, part, at"
SHOWN = "select * from shown order by stream, service, answered"

Row = Sequence[Any]


class Link(NamedTuple):
    """A row of the log or of a table beside it, as its columns say."""

    stream: str
    seq: int
    epoch: int
    term: int
    holder: str
    type: str
    unit: str
    actor: str
    time: Any
    recorded: Any
    command: bytes
    value: bytes
    prev: bytes | None
    hash: bytes
    topic: str | None
    superseded_at: Any = None


LINKS = frozenset({"live", "superseded", "parked", "staged", "quarantined"})


@dataclass(slots=True)
class Together:
    """All that is anywhere of one stream. `rows` by kind and service."""

    stream: str
    links: dict[str, dict[str, list[Link]]] = field(default_factory=dict[str, dict[str, list[Link]]])
    rows: dict[str, dict[str, list[Row]]] = field(default_factory=dict[str, dict[str, list[Row]]])
    sent: list[Row] = field(default_factory=list[Row])
    shown: list[Row] = field(default_factory=list[Row])

    def of(self, kind: str) -> dict[str, list[Link]]:
        """By service, its rows of this kind; services that have none are left out."""
        return self.links.get(kind, {})

    def row(self, kind: str, service: str) -> Row | None:
        found = self.rows.get(kind, {}).get(service)
        return found[0] if found else None


class _Source:
    """One ordered reading; its first column is the stream."""

    def __init__(self, kind: str, service: str, cursor: Any) -> None:
        self.kind, self.service = kind, service
        self._cursor = cursor
        self._page: Sequence[Row] = ()
        self._at = 0

    async def head(self) -> str | None:
        """The next stream; None at the end."""
        if self._at >= len(self._page):
            fetched = self._cursor.fetchmany(PAGE) if self.service == "" else await self._cursor.fetch(PAGE)
            self._page, self._at = fetched, 0
        return self._page[self._at][0] if self._page else None

    async def take(self, stream: str) -> list[Row]:
        """Its rows of this stream."""
        found: list[Row] = []
        while await self.head() == stream:
            page, start = self._page, self._at
            while self._at < len(page) and page[self._at][0] == stream:
                self._at += 1
            found += page[start : self._at]
        return found


class Snapshots:
    """A connection to each database, in one snapshot of it."""

    def __init__(self, connections: dict[str, "asyncpg.Connection[asyncpg.Record]"]) -> None:
        self.connections = connections

    async def streams(self, scratch: Scratch) -> AsyncIterator[Together]:
        """Every stream that is anywhere, in their order."""
        sources = [
            _Source(kind, service, await connection.cursor(query))
            for service, connection in self.connections.items()
            for kind, query in QUERIES.items()
        ]
        sources += [_Source("sent", "", scratch.db.execute(SENT)), _Source("shown", "", scratch.db.execute(SHOWN))]
        heads = [(await source.head(), source) for source in sources]
        while (stream := min((head for head, _ in heads if head is not None), default=None)) is not None:
            together = Together(stream)
            for place, (head, source) in enumerate(heads):
                if head == stream:
                    _put(together, source, await source.take(stream))
                    heads[place] = (await source.head(), source)
            yield together


def _put(together: Together, source: _Source, rows: list[Row]) -> None:
    match source.kind:
        case "sent":
            together.sent = rows
        case "shown":
            together.shown = rows
        case kind if kind in LINKS:
            together.links.setdefault(kind, {})[source.service] = [Link(*row) for row in rows]
        case kind:
            together.rows.setdefault(kind, {})[source.service] = rows


@asynccontextmanager
async def snapshots(evidence: Evidence) -> AsyncIterator[Snapshots]:
    async with AsyncExitStack() as stack:
        connections: dict[str, asyncpg.Connection[asyncpg.Record]] = {}
        for service, dsn in evidence.databases.items():
            connection = connections[service] = await asyncpg.connect(dsn)
            stack.push_async_callback(connection.close)
            # Indexes give the order: a sort would write the whole log to disk.
            await connection.execute("set enable_sort = off; set jit = off")
            await stack.enter_async_context(connection.transaction(isolation="repeatable_read", readonly=True))
        yield Snapshots(connections)
