"""What travels: events with as much content as the protocol needs, and the inbox messages."""

from dataclasses import dataclass
from datetime import datetime

from contracts.events import Event
from services.runtime.asking import Asked
from services.runtime.branch import Link


@dataclass(frozen=True, slots=True)
class Record:
    link: Link
    event: Event
    time: datetime
    """By the wall clock of the writer's tier, but no earlier than the event before."""
    actor: str = "somebody"
    command: str = ""
    """The idempotency key; copied with the event."""
    asks: Asked | None = None
    """Set on the single event of a request stream."""

    @property
    def kind(self) -> str:
        return type(self.event).__name__

    @property
    def answers(self) -> str | None:
        """Id of the request that this event answers."""
        return self.event.__dict__.get("request")


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
