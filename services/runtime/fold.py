"""How the runtime folds a stream without knowing what it is about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

from contracts.envelope import Envelope
from contracts.events import Event
from contracts.stamp import Stamped
from services.runtime.entry import Entry

S = TypeVar("S")


class Stamp(NamedTuple):
    """Of what is no entry of the log, or not yet."""

    stream: str
    unit: str
    actor: str
    time: datetime
    hash: bytes
    epoch: int | None = None


class Custody(NamedTuple):
    """Who may write the next event, folded from the log and never taken from a message (protocol C5)."""

    holder: str
    epoch: int
    term: int


class Fold(Protocol[S]):
    """Given by whoever knows the stream."""

    def evolve(self, state: S | None, event: Event, stamp: Stamped) -> S:
        """The state after one more event."""
        ...

    def custody(self, state: S) -> Custody:
        """Custody in this state."""
        ...


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """A stream as it is at one head. `pos` is this log's position of the head."""

    state: S
    seq: int
    head: bytes
    pos: int
    time: datetime


def stamp(envelope: Envelope, hash_: bytes) -> Stamp:
    return Stamp(envelope.subject, envelope.source, envelope.actor, envelope.time, hash_, envelope.epoch)


def fold(found: Iterable[Entry], how: Fold[S], after: Loaded[S] | None = None) -> Loaded[S] | None:
    """Fold entries with their events in the order of seq, after what is loaded already. None for an empty stream."""
    state, last = after.state if after else None, None
    for last in found:
        assert last.event is not None
        state = how.evolve(state, last.event, last)
    if last is None or state is None:
        return after
    return Loaded(state, last.seq, last.hash, last.pos, last.time)
