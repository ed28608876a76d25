"""A view: one row a stream, folded from the log alone, and counts derived from those rows.

A view never counts events: it counts what its rows say, before and after. So a stream that is folded afresh (a higher
epoch cut its tail) corrects every count by itself.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from typing import Generic, Protocol, TypeVar

from services.runtime.entry import Entry


@dataclass(slots=True, kw_only=True)
class ViewRow:
    """Subclasses add their columns; the fields, in order, are the columns of the table."""

    stream: str
    seq: int
    epoch: int


R = TypeVar("R", bound=ViewRow)


class View(Protocol[R]):
    """Rows of one kind of stream. `types` are the events whose data `fold` needs; of the rest it sees the entry."""

    name: str
    """Also the table's name."""
    prefix: str
    """Types of the streams it is about begin with this."""
    types: frozenset[str]
    row: type[R]

    def fold(self, row: R | None, entry: Entry) -> R:
        """The row after one more event; seq and epoch are set by the projector."""
        ...

    def tallies(self, row: R) -> Iterable[tuple[str, str]]:
        """(name, key) of every count that this row belongs to."""
        ...


def columns(view: "View[R]") -> list[str]:
    return [field.name for field in fields(view.row)]


class Folded(Generic[R]):
    """Rows under change: as they were, as they are."""

    def __init__(self, view: "View[R]", before: Mapping[str, R]) -> None:
        self._view = view
        self._counted: Counter[tuple[str, str]] = Counter()
        for row in before.values():
            self._counted.subtract(view.tallies(row))
        self.rows: dict[str, R] = dict(before)
        self.afresh: set[str] = set()

    def add(self, entry: Entry) -> None:
        """Fold one entry. One that does not follow its row (a higher epoch, a cut tail) marks the stream to be folded
        afresh; one that the row has already is passed over."""
        row = self.rows.get(entry.stream)
        seq, epoch = (row.seq, row.epoch) if row else (0, entry.epoch)
        if entry.epoch == epoch and entry.seq == seq + 1:
            self.put(entry)
        elif entry.epoch > epoch or (entry.epoch == epoch and entry.seq > seq):
            self.afresh.add(entry.stream)

    def put(self, entry: Entry) -> None:
        row = self._view.fold(self.rows.get(entry.stream), entry)
        row.seq, row.epoch = entry.seq, entry.epoch
        self.rows[entry.stream] = row

    def refold(self, live: Iterable[Entry]) -> None:
        """The live rows of all streams in `afresh`."""
        for stream in self.afresh:
            self.rows.pop(stream, None)
        for entry in live:
            self.put(entry)
        self.afresh.clear()

    def tallies(self) -> dict[tuple[str, str], int]:
        """The differences to be added to the counts."""
        for row in self.rows.values():
            self._counted.update(self._view.tallies(row))
        return {key: n for key, n in self._counted.items() if n}

    def records(self) -> list[tuple[object, ...]]:
        return [astuple(row) for row in self.rows.values()]
