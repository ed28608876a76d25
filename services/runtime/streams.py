"""Streams as the log has them, folded; the last used ones are remembered, and only what is new of them is read."""

from collections import OrderedDict
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Generic, TypeVar

from services.runtime.fold import Fold, Loaded, fold
from services.runtime.statements import statement

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

S = TypeVar("S")


class Streams(Generic[S]):
    """Of one kind. At most `remembered` of them stay in memory."""

    def __init__(self, pool: "Pool[Record]", how: Fold[S], *, remembered: int = 4096) -> None:
        self._pool = pool
        self._how = how
        self._most = remembered
        self._cache: OrderedDict[str, Loaded[S]] = OrderedDict()

    async def load(self, stream: str) -> Loaded[S] | None:
        """The stream as the log has it now. Reads only what is new since it was last loaded, when that still is on
        the live branch."""
        known = self._cache.get(stream)
        rows = await self._pool.fetch(statement("log/stream_since"), stream, known.seq if known else 0)
        if known is not None and (not rows or rows[0]["hash"] != known.head):
            known = None
            rows = await self._pool.fetch(statement("log/stream"), stream)
        elif known is not None:
            rows = rows[1:]
        loaded = fold(((r["pos"], r["value"]) for r in rows), self._how, known)
        if loaded is not None:
            self.remember(stream, loaded)
        return loaded

    async def load_many(self, streams: Iterable[str]) -> dict[str, Loaded[S]]:
        """As `load`, in one reading; without those that the log does not have."""
        wanted = {stream: self._cache.get(stream) for stream in streams}
        seqs = [known.seq if known else 0 for known in wanted.values()]
        rows = await self._pool.fetch(statement("log/streams_since"), list(wanted), seqs)
        found: dict[str, Loaded[S]] = {}
        for stream, group in groupby(rows, key=itemgetter("stream")):
            read, known = list(group), wanted[stream]
            if known is not None and read[0]["hash"] != known.head:
                continue
            new = ((row["pos"], row["value"]) for row in read[known is not None :])
            if (loaded := fold(new, self._how, known)) is not None:
                self.remember(stream, loaded)
                found[stream] = loaded
        for stream in wanted.keys() - found.keys():
            # Superseded above what was remembered, or not there.
            if wanted[stream] is not None and (loaded := await self.load(stream)) is not None:
                found[stream] = loaded
        return found

    async def as_of(self, stream: str, seq: int) -> Loaded[S] | None:
        """The stream as it was at its live event `seq`."""
        rows = await self._pool.fetch(statement("log/stream"), stream)
        return fold(((r["pos"], r["value"]) for r in rows[:seq]), self._how)

    def remembered(self, stream: str) -> Loaded[S] | None:
        """As it was when it was last loaded or written here."""
        return self._cache.get(stream)

    def remember(self, stream: str, loaded: Loaded[S]) -> None:
        self._cache[stream] = loaded
        self._cache.move_to_end(stream)
        if len(self._cache) > self._most:
            self._cache.popitem(last=False)
