"""A view: one row a stream, folded from the log alone, and counts derived from those rows.

A view never counts events: it counts what its rows say, before and after. So a stream that is folded afresh (a higher
epoch cut its tail) corrects every count by itself.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from itertools import groupby
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from contracts.events import Event
from services.runtime.entry import Entry


@dataclass(slots=True, kw_only=True)
class ViewRow:
    """Subclasses add their columns; the fields, in order, are the columns of the table."""

    stream: str
    seq: int
    epoch: int


R = TypeVar("R", bound=ViewRow)


class View(Protocol[R]):
    """Rows of one kind of stream."""

    name: str
    """Also the table's name."""
    prefix: str
    """Types of the streams it is about begin with this."""
    types: frozenset[str]
    """Events whose data `fold` needs."""
    facts: Mapping[str, Event]
    """Events of which `fold` needs to know only that they happened (`entry.bare`). Of all others it sees no event."""
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
        self.before = list(before)
        """Streams that have a row already."""
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
        return list(map(attrgetter(*columns(self._view)), self.rows.values()))


def whole(view: View[R], live: Iterable[Entry]) -> Folded[R]:
    """Rows of nothing but these live entries: whole streams, one after the other."""
    folded: Folded[R] = Folded(view, {})
    fold = view.fold
    for stream, group in groupby(live, key=attrgetter("stream")):
        one = list(group)
        row = fold(None, one[0])
        for entry in one[1:]:
            row = fold(row, entry)
        row.seq, row.epoch = one[-1].seq, one[-1].epoch
        folded.rows[stream] = row
    return folded
