"""What an inbox carries besides stored event bytes: handovers, keys and forwarded requests.

Messages are CloudEvents without a place in a stream. They are derived from the log whenever they are sent
(protocol H3), so none is stored as a row; none counts as history (protocol C5).
"""

from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from contracts.envelope import MAX_RECORD, Envelope, Unreadable, envelope_of, first_fault, peek
from contracts.fields import NO_NUL, CaseNumber, Count, Digest, UnitCode, clean

MAX_MESSAGE = 2 * MAX_RECORD + 2_000
"""Bytes. A forwarded record stands in its message as JSON text, in which each quotation mark takes two bytes."""

Base64 = Annotated[str, Field(strict=True, pattern=r"^[A-Za-z0-9_-]+$", max_length=2000)]


class Message(BaseModel):
    """`source` is the sending unit (or the portal), `case` the CloudEvents subject."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: ClassVar[str] = ""
    source: UnitCode
    case: CaseNumber


class Handover(Message):
    """Comes after one record per event of the chain (protocol H1): this head, this epoch, and the case key.

    `sealed_key` is the case key sealed for unit `to` (HPKE); None when the sender itself has no key (H4).
    """

    name: ClassVar[str] = "sanji.inbox.Handover.v1"
    to: UnitCode
    head: Digest
    epoch: Count
    sealed_key: Base64 | None = None


class Key(Message):
    """A case key sealed for unit `to`, which asked for it (protocol H4)."""

    name: ClassVar[str] = "sanji.inbox.Key.v1"
    to: UnitCode
    sealed_key: Base64


class OwnKey(Message):
    """At receipt, for the inbox of the unit that received the case: case key and query code as they lie in its vault,
    under its wrapping key. A restored vault reads them back (H2)."""

    name: ClassVar[str] = "sanji.inbox.OwnKey.v1"
    to: UnitCode
    wrapped_key: Base64
    wrapped_code: Base64


class SendKey(Message):
    """The holder `source` asks earlier holder `to` for the key of a case (protocol H4)."""

    name: ClassVar[str] = "sanji.inbox.SendKey.v1"
    to: UnitCode


class TrackingKey(Message):
    """For the portal: argon2id parameters, verifier, and the case key wrapped under the query code (rule 5)."""

    name: ClassVar[str] = "sanji.inbox.TrackingKey.v1"
    salt: Base64
    memory_kib: Annotated[int, Field(strict=True, ge=8, le=2**22)]
    passes: Annotated[int, Field(strict=True, ge=1, le=64)]
    lanes: Annotated[int, Field(strict=True, ge=1, le=16)]
    verifier: Base64
    wrapped_key: Base64


class ForwardedRequest(Message):
    """A request that reached a unit which no longer holds the case (protocol R3): its exact record and the hops."""

    name: ClassVar[str] = "sanji.inbox.ForwardedRequest.v1"
    to: UnitCode
    record: Annotated[str, Field(strict=True, max_length=MAX_RECORD), AfterValidator(clean), NO_NUL]
    hops: Annotated[int, Field(strict=True, ge=1, le=4)]


AnyMessage = Handover | Key | OwnKey | SendKey | TrackingKey | ForwardedRequest
MESSAGES: dict[str, type[AnyMessage]] = {
    m.name: m for m in (Handover, Key, OwnKey, SendKey, TrackingKey, ForwardedRequest)
}


class Wire(BaseModel):
    """How a message travels: the CloudEvents attributes, and in `data` what the message says beside them."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    specversion: Literal["1.0"] = "1.0"
    id: Annotated[str, Field(strict=True, max_length=200)]
    type: Annotated[str, Field(strict=True, pattern=r"^sanji\.inbox\.[A-Za-z]+\.v[0-9]+$")]
    source: UnitCode
    subject: CaseNumber
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any]


def write(message: AnyMessage) -> bytes:
    """The message as a structured CloudEvent. The same message has the same bytes; another one another `id`."""
    data = message.model_dump(mode="json", exclude={"source", "case"}, exclude_none=True)
    said = sha256(message.model_dump_json().encode()).hexdigest()[:32]
    wire = Wire(
        id=f"{message.case}:{message.name.split('.')[2]}:{said}",
        type=message.name,
        source=message.source,
        subject=message.case,
        data=data,
    )
    return wire.model_dump_json().encode()


def read_inbox(value: bytes) -> Envelope | AnyMessage:
    """An event's envelope or a message. Raises Unreadable with the reason; never anything else."""
    if len(value) > MAX_MESSAGE:
        raise Unreadable(f"{len(value)} bytes, over {MAX_MESSAGE}")
    found = peek(value)
    name = found.get("type")
    model = MESSAGES.get(name) if isinstance(name, str) else None
    if model is None:
        if len(value) > MAX_RECORD:
            raise Unreadable(f"{len(value)} bytes, over {MAX_RECORD}")
        return envelope_of(found)
    try:
        wire = Wire.model_validate(found)
        if not wire.data.keys().isdisjoint(("source", "case")):
            raise Unreadable("source and case are said by the attributes alone")
        return model.model_validate({**wire.data, "source": wire.source, "case": wire.subject})
    except ValidationError as error:
        raise Unreadable(first_fault(error)) from None
