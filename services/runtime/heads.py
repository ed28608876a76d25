"""The heads of live branches: as the database has them, and as this process left them.

Who follows every case may go by what it remembers: the statement that extends a head compares it once more, under the
lock of the log, and what was remembered wrongly is then read.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

from services.runtime.custody import Link
from services.runtime.statements import statement

if TYPE_CHECKING:
    from services.runtime.companion import Connected

REMEMBERED = 20_000
"""Streams; some 6 MB."""


class Head(NamedTuple):
    """Of a stream that is not here: all None. `aside`: something of it lies parked, staged or quarantined."""

    seq: int | None = None
    epoch: int | None = None
    term: int | None = None
    unit: str | None = None
    holder: str | None = None
    hash: bytes | None = None
    aside: bool = False

    def link(self, stream: str) -> Link | None:
        """As the parent of what is to extend it."""
        if self.seq is None or self.epoch is None or self.term is None or self.hash is None:
            return None
        assert self.unit is not None
        assert self.holder is not None
        return Link(stream, self.seq, self.epoch, self.term, self.unit, self.holder, self.hash, None, False)

    @staticmethod
    def of(link: Link) -> "Head":
        return Head(link.seq, link.epoch, link.term, link.unit, link.holder, link.hash)


async def read_heads(connection: "Connected", streams: Collection[str]) -> dict[str, Head]:
    rows = await connection.fetch(statement("replica/heads"), list(streams)) if streams else []
    return {stream: Head(*head) for stream, *head in rows}


class Heads:
    """What this process remembers of them."""

    def __init__(self) -> None:
        self._known: dict[str, Head] = {}

    def get(self, stream: str) -> Head | None:
        return self._known.get(stream)

    def put(self, heads: Mapping[str, Head]) -> None:
        for stream in heads:
            self._known.pop(stream, None)
        self._known |= heads
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]

    def forget(self, streams: Collection[str]) -> None:
        for stream in streams:
            self._known.pop(stream, None)
