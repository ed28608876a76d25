"""Records as they come from Kafka, sorted into events, messages and dead letters. No I/O.

Nothing that a record contains can raise here: one bad record must never stop a partition.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from pydantic import ValidationError

from contracts.catalogue import UnknownEvent, event_of
from contracts.envelope import CONTENT_TYPE, Envelope, Unreadable, digest, first_fault, read, stream_kind
from contracts.inbox import AnyMessage, ForwardedRequest, TrackingKey, read_inbox
from contracts.topics import REFERENCE_KINDS, Topics
from services.runtime.custody import Link

ASSUMED = "sanji.case.CustodyAssumed."
FIRST = {
    "case": ("sanji.case.CaseReceived.", "no_receipt", "a case begins with a receipt"),
    "supervision": ("sanji.supervision.SupervisionOrdered.", "no_order", "an answer follows its order"),
}
"""By kind of stream: its first event, and the reason for another one: views could not fold it."""


class Record(Protocol):
    """What aiokafka and the dead letter table both give."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


Where = tuple[str, int]
"""Topic and partition."""


class Dead(NamedTuple):
    """A record that cannot be used, and why. `detail` never repeats a value of the record."""

    record: Record
    reason: str
    detail: str


Columns = tuple[
    str, int, int, int, str, str, str, str, datetime, datetime, bytes, bytes, bytes | None, bytes
]  # fmt: skip
"""stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, prev, hash."""


@dataclass(slots=True)
class Arrival:
    """An event that arrived. `inbox` and `reference` say by which way."""

    link: Link
    type: str
    columns: Columns
    data: dict[str, Any]
    record: Record
    inbox: bool
    reference: bool


class Said(NamedTuple):
    """A message that arrived by inbox."""

    message: AnyMessage
    record: Record


@dataclass(slots=True)
class Sorted:
    """One batch. `events` in the order read, each hash once from feeds and once from inboxes."""

    events: list[Arrival] = field(default_factory=list[Arrival])
    messages: list[Said] = field(default_factory=list[Said])
    requests: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """(stream, hops) of every request that came by inbox, known or not."""
    dead: list[Dead] = field(default_factory=list[Dead])


class Sorter:
    """For a service that hosts `own` units. `validate` checks the data of every event at once; else `valid` does it
    for those that are kept."""

    def __init__(self, topics: Topics, own: Iterable[str], *, validate: bool) -> None:
        self._own = frozenset(own)
        self._inboxes = frozenset(topics.inbox(unit) for unit in self._own)
        self._reference = topics.reference
        self._validate = validate

    def sort(self, records: Iterable[Record], found: Sorted, seen: set[tuple[bool, bytes]]) -> None:
        """Add to what was found in the records before; `seen` begins empty with each batch."""
        for record in records:
            try:
                self._one(record, found, seen)
            except Unreadable as error:
                found.dead.append(Dead(record, "unreadable", str(error)[:500]))
            except Exception as error:
                found.dead.append(Dead(record, "unreadable", type(error).__name__))

    def _one(self, record: Record, found: Sorted, seen: set[tuple[bool, bytes]]) -> None:
        value = record.value
        if value is None:
            raise Unreadable("no value")
        if not _is_ours(record.headers):
            found.dead.append(Dead(record, "content_type", "not one content-type application/cloudevents+json"))
            return
        inbox = record.topic in self._inboxes
        said = read_inbox(value) if inbox else read(value)
        if isinstance(said, Envelope):
            self._event(record, value, said, inbox, 0, found, seen)
        elif not isinstance(said, TrackingKey) and said.to not in self._own:
            found.dead.append(Dead(record, "wrong_unit", f"for unit {said.to}, which is not hosted here"))
        elif isinstance(said, ForwardedRequest):
            forwarded = said.record.encode()
            envelope = read(forwarded)
            if stream_kind(envelope.subject) != "request":
                raise Unreadable("only a request is forwarded")
            self._event(record, forwarded, envelope, True, said.hops, found, seen)
        else:
            found.messages.append(Said(said, record))

    def _event(
        self,
        record: Record,
        value: bytes,
        envelope: Envelope,
        inbox: bool,
        hops: int,
        found: Sorted,
        seen: set[tuple[bool, bytes]],
    ) -> None:
        kind = stream_kind(envelope.subject)
        reference = kind in REFERENCE_KINDS
        if reference != (record.topic == self._reference):
            found.dead.append(Dead(record, "wrong_topic", f"a stream of kind {kind} does not come by this topic"))
            return
        if envelope.seq == 1 and kind in FIRST and not envelope.type.startswith(FIRST[kind][0]):
            _, reason, rule = FIRST[kind]
            found.dead.append(Dead(record, reason, f"{rule}; this is {envelope.type}"))
            return
        asks = inbox and kind == "request"
        # A custody assumed fences, and a request is looked at, before anything is inserted: both must be sound.
        sound = self._validate or asks or envelope.type.startswith(ASSUMED)
        if sound and (dead := _fault(record, envelope.type, envelope.data)) is not None:
            found.dead.append(dead)
            return
        if asks:
            found.requests.append((envelope.subject, hops))
        hash_ = digest(value)
        if (inbox, hash_) in seen:
            return
        # The copy in an inbox says more than the copy in a feed: neither may hide the other.
        seen.add((inbox, hash_))
        found.events.append(_arrival(record, value, hash_, envelope, inbox, reference))

    def valid(self, arrivals: list[Arrival]) -> tuple[list[Arrival], list[Dead]]:
        """Those whose data fits its schema, and the others as dead letters: what would stop a projector must never
        enter the log."""
        if self._validate:
            return arrivals, []
        kept: list[Arrival] = []
        dead: list[Dead] = []
        for arrival in arrivals:
            fault = _fault(arrival.record, arrival.type, arrival.data)
            if fault is None:
                kept.append(arrival)
            else:
                dead.append(fault)
        return kept, dead


def _arrival(record: Record, value: bytes, hash_: bytes, envelope: Envelope, inbox: bool, reference: bool) -> Arrival:
    stream, seq, epoch, term = envelope.subject, envelope.seq, envelope.epoch, envelope.term
    unit, holder, kind = envelope.source, envelope.holder, envelope.type
    prev = bytes.fromhex(envelope.prevhash) if envelope.prevhash is not None else None
    return Arrival(
        Link(stream, seq, epoch, term, unit, holder, hash_, prev, kind.startswith(ASSUMED)),
        kind,
        (
            stream, seq, epoch, term, holder, kind, unit, envelope.actor, envelope.time, envelope.recorded,
            bytes.fromhex(envelope.command), value, prev, hash_,
        ),
        envelope.data,
        record,
        inbox,
        reference,
    )  # fmt: skip


def _is_ours(headers: Sequence[tuple[str, bytes | None]]) -> bool:
    if len(headers) == 1:
        return headers[0] == ("content-type", CONTENT_TYPE)
    return [value for name, value in headers if name == "content-type"] == [CONTENT_TYPE]


def _fault(record: Record, type_name: str, data: dict[str, Any]) -> Dead | None:
    try:
        event_of(type_name, data)
    except UnknownEvent:
        return Dead(record, "unknown_event", f"{type_name} is not known to this program")
    except ValidationError as error:
        return Dead(record, "invalid_event", f"{type_name}: {first_fault(error)}"[:500])
    except Exception as error:
        return Dead(record, "invalid_event", f"{type_name}: {type(error).__name__}")
    return None
