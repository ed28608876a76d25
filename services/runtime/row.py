"""A row of the log, and what a command brings to be appended."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from contracts.envelope import build, digest
from contracts.events import Event, type_name
from services.runtime.companion import Companion


class Row(NamedTuple):
    """One event as stored, its fields in the order of the log's columns. `value` is the record, `hash` its SHA-256;
    times are UTC."""

    stream: str
    seq: int
    epoch: int
    term: int
    holder: str
    type: str
    unit: str
    actor: str
    time: datetime
    recorded: datetime
    command: bytes
    value: bytes
    prev: bytes | None
    hash: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """What one command wants to write: rows of one stream that follow each other, all or none.

    `prev` is the head it was decided on (None: the stream begins here). `mac` is the HMAC of the request's route and
    body, for the 422 when the same key comes with another body. `topic` is where the rows are published.
    """

    stream: str
    prev: bytes | None
    unit: str
    command: bytes
    mac: bytes | None
    topic: str | None
    rows: tuple[Row, ...]
    companions: tuple[Companion, ...] = ()


def write_row(
    event: Event,
    *,
    stream: str,
    seq: int,
    epoch: int,
    term: int,
    unit: str,
    holder: str,
    actor: str,
    time: datetime,
    recorded: datetime,
    command: bytes,
    prev: bytes | None,
    traceparent: str | None = None,
) -> Row:
    """The row of a new event. Its sealed fields are sealed already. Raises TooLarge."""
    value = build(
        event,
        stream=stream,
        seq=seq,
        epoch=epoch,
        term=term,
        unit=unit,
        holder=holder,
        actor=actor,
        time=time,
        recorded=recorded,
        command=command,
        prev=prev,
        traceparent=traceparent,
    )
    name = type_name(type(event))
    return Row(stream, seq, epoch, term, holder, name, unit, actor, time, recorded, command, value, prev, digest(value))
