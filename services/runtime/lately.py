"""What was written into the log last, as those say who wrote it.

Most of what is written concerns few of those who follow. Who writes says of what kinds the rows are, so that the others
need not ask the database to learn that there is nothing for them. That only spares a look, it never replaces one: a
follower that has not looked for half a second looks, from where its checkpoint in the database is. And what was
committed here is kept for a moment, so that the relay need not read it back.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence, Set
from typing import NamedTuple

from services.runtime.row import Row

COMMITS = 512
"""Of so many the kinds are remembered; who is further behind looks into the log."""
BYTES = 4 << 20
"""Of records that are kept."""


class Kind(NamedTuple):
    """Of rows: `first` begins its stream, `passes` is held by another unit than wrote it, `published` has a topic."""

    type: str
    first: bool
    passes: bool
    published: bool


Wanted = Callable[[Kind], bool]
"""Whether rows of this kind concern a follower."""


Written = tuple[Row, str | None]
"""A row and the topic that it is for, if any."""


def kinds(rows: Iterable[Written]) -> set[Kind]:
    found = {(row.type, row.seq == 1, row.holder != row.unit, topic is not None) for row, topic in rows}
    return set(map(Kind._make, found))


class Published(NamedTuple):
    """A row at its position, and the topic that it is for."""

    pos: int
    topic: str
    row: Row


class _Commit(NamedTuple):
    upto: int
    kinds: Set[Kind]
    rows: Sequence[Written]


class Lately:
    """Of one log and one process. Commits by the position before them; what another process wrote is not among them."""

    def __init__(self) -> None:
        self._commits: dict[int, _Commit] = {}
        self._kept: deque[tuple[int, int]] = deque()
        """Where commits with records begin, and the bytes of these."""
        self._bytes = 0

    def add(self, base: int, upto: int, kinds: Set[Kind], rows: Sequence[Written] = ()) -> None:
        """Past `base` lie rows of these kinds and no others; `rows` are all of them, in their order, where they are
        known."""
        self._commits.pop(base, None)
        self._commits[base] = _Commit(upto, kinds, rows)
        if len(self._commits) > COMMITS:
            del self._commits[next(iter(self._commits))]
        if rows:
            self._keep(base, sum(len(row.value) for row, _ in rows))

    def _keep(self, base: int, size: int) -> None:
        self._kept.append((base, size))
        self._bytes += size
        while self._bytes > BYTES:
            first, size = self._kept.popleft()
            self._bytes -= size
            if (commit := self._commits.get(first)) is not None:
                self._commits[first] = commit._replace(rows=())

    def forget(self) -> None:
        """The database may be another, or have forgotten: whoever follows looks into the log."""
        self._commits.clear()
        self._kept.clear()
        self._bytes = 0

    def lacks(self, pos: int, upto: int, wanted: Wanted) -> bool:
        """True when nothing past `pos` up to `upto` is wanted. False when something is, or when it is not known."""
        while pos < upto:
            commit = self._commits.get(pos)
            if commit is None or any(map(wanted, commit.kinds)):
                return False
            pos = commit.upto
        return True

    def published(self, pos: int, limit: int) -> tuple[int, list[Published]] | None:
        """What is published past `pos`, and up to where; some `limit` positions. None where it is not known."""
        found: list[Published] = []
        at = pos
        while (commit := self._commits.get(at)) is not None and at - pos < limit:
            if any(kind.published for kind in commit.kinds):
                if not commit.rows:
                    break
                numbered = enumerate(commit.rows, at + 1)
                found += [Published(n, topic, row) for n, (row, topic) in numbered if topic is not None]
            at = commit.upto
        return (at, found) if at > pos else None
