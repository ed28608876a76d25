"""Streams as the log has them, folded; the last used ones are remembered, and only what is new of them is read."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from itertools import chain, groupby, takewhile
from operator import attrgetter
from typing import TYPE_CHECKING, Generic, TypeVar

from services.runtime.entry import Entry, entries
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
        return (await self.load_many((stream,))).get(stream)

    async def load_many(self, streams: Iterable[str]) -> dict[str, Loaded[S]]:
        """As `load`, in one reading; without those that the log does not have."""
        wanted = {stream: self._cache.get(stream) for stream in streams}
        found: dict[str, Loaded[S]] = {}
        for stream, read in await self._read({name: known.seq if known else 0 for name, known in wanted.items()}):
            known = wanted[stream]
            if known is not None and read[0].hash != known.head:
                continue
            if (loaded := fold(read[known is not None :], self._how, known)) is not None:
                found[stream] = loaded
        # Superseded above what was remembered, or not there.
        if gone := [stream for stream in wanted.keys() - found.keys() if wanted[stream] is not None]:
            for stream, read in await self._read(dict.fromkeys(gone, 0)):
                if (loaded := fold(read, self._how)) is not None:
                    found[stream] = loaded
        for stream, loaded in found.items():
            self.remember(stream, loaded)
        return found

    async def as_of(self, stream: str, last: Callable[[Entry], bool]) -> Loaded[S] | None:
        """The stream as it was after the newest of its live events of which `last` holds for it and all before."""
        found = [read for _, read in await self._read({stream: 0})]
        return fold(takewhile(last, chain.from_iterable(found)), self._how)

    async def _read(self, since: Mapping[str, int]) -> list[tuple[str, list[Entry]]]:
        """By stream the entries from that seq on; of the one at it not the event."""
        arrays = await self._pool.fetchrow(statement("log/entries_since"), list(since), list(since.values()))
        assert arrays is not None
        return [(stream, list(group)) for stream, group in groupby(entries(arrays), key=attrgetter("stream"))]

    def remembered(self, stream: str) -> Loaded[S] | None:
        """As it was when it was last loaded or written here."""
        return self._cache.get(stream)

    def remember(self, stream: str, loaded: Loaded[S]) -> None:
        self._cache[stream] = loaded
        self._cache.move_to_end(stream)
        if len(self._cache) > self._most:
            self._cache.popitem(last=False)
