"""What travels: events with as much content as the protocol needs, and the inbox messages."""

from dataclasses import dataclass

from services.runtime.asking import Asked
from services.runtime.branch import Link


@dataclass(frozen=True, slots=True)
class Record:
    link: Link
    kind: str
    command: str = ""
    """The idempotency key; copied with the event."""
    answers: str | None = None
    """Id of the request that this event answers."""
    between: str | None = None
    """Of a dispute: the unit that the case would have gone back to."""
    asks: Asked | None = None
    """Set on the single event of a request stream."""


@dataclass(frozen=True, slots=True)
class Handover:
    case: str
    head: bytes
    to: str
    has_key: bool


@dataclass(frozen=True, slots=True)
class Key:
    case: str
    to: str


@dataclass(frozen=True, slots=True)
class SendKey:
    case: str
    asker: str


@dataclass(frozen=True, slots=True)
class Forwarded:
    record: Record
    hops: int


Message = Record | Handover | Key | SendKey | Forwarded
