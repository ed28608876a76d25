"""How the runtime folds a stream without knowing what it is about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

from contracts.catalogue import event_of
from contracts.envelope import Envelope, digest, read
from contracts.events import Event

S = TypeVar("S")


class Stamp(NamedTuple):
    """What the envelope adds to an event: who wrote it where, when (UTC), and its hash (32 bytes).

    `epoch` is None and `hash` empty while the record is not built yet and only its custody is asked for.
    """

    stream: str
    seq: int
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

    def evolve(self, state: S | None, event: Event, stamp: Stamp) -> S:
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
    return Stamp(envelope.subject, envelope.seq, envelope.source, envelope.actor, envelope.time, hash_, envelope.epoch)


def fold(records: Iterable[tuple[int, bytes]], how: Fold[S], after: Loaded[S] | None = None) -> Loaded[S] | None:
    """Fold records (position, bytes) in the order of seq, after what is loaded already. None for an empty stream.

    Raises Unreadable or UnknownEvent; the log holds only what was readable when it was inserted.
    """
    loaded = after
    for pos, value in records:
        envelope = read(value)
        hash_ = digest(value)
        event = event_of(envelope.type, envelope.data)
        state = how.evolve(loaded.state if loaded else None, event, stamp(envelope, hash_))
        loaded = Loaded(state, envelope.seq, hash_, pos, envelope.time)
    return loaded
