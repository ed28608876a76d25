"""The envelope: a record is one CloudEvents 1.0 JSON object, built once at the append.

Those bytes are stored, hashed and sent. `hash` = SHA-256 of the bytes, and the next event's `prevhash`, so anyone
checks a chain with nothing but a hash function. Source: CloudEvents 1.0.2, structured content mode.
"""

import re
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import from_json

from contracts.events import Event, schema_uri, type_name
from contracts.fields import CASE_NUMBER, Code, Digest, Instant, StreamName, UnitCode, instant_text

MAX_RECORD = 200_000
"""Bytes. A chain is handed over record by record, so no record grows with the case (protocol H1)."""

CONTENT_TYPE = b"application/cloudevents+json"

_SAFE = re.compile(r"[A-Za-z0-9_.:/|-]*")
_CASE = re.compile(CASE_NUMBER)

Traceparent = Annotated[str, Field(strict=True, pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")]


class Unreadable(ValueError):
    """These bytes are no record: not JSON, not our envelope, or contradicting themselves."""


class TooLarge(ValueError):
    """A record over MAX_RECORD bytes; nothing was written."""


class Envelope(BaseModel):
    """CloudEvents attributes and our extensions; `data` stays raw until somebody needs the event."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    specversion: Literal["1.0"]
    id: Annotated[str, Field(strict=True, max_length=160)]
    type: Annotated[str, Field(strict=True, pattern=r"^sanji\.[a-z]+\.[A-Za-z]+\.v[0-9]+$")]
    source: UnitCode
    subject: StreamName
    time: Instant
    datacontenttype: Literal["application/json"]
    dataschema: Annotated[str, Field(strict=True, max_length=200)]
    seq: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
    epoch: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
    term: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
    holder: UnitCode
    actor: Code
    recorded: Instant
    command: Digest
    prevhash: Digest | None = None
    traceparent: Traceparent | None = None
    data: dict[str, Any]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Envelope":
        if self.id != f"{self.subject}:{self.seq}":
            raise ValueError("id is not subject:seq")
        if (self.seq == 1) != (self.prevhash is None):
            raise ValueError("the first event alone has no prevhash")
        if self.type.split(".", 2)[1] != stream_kind(self.subject):
            raise ValueError("this type of event does not belong to this kind of stream")
        return self

    @property
    def stream(self) -> str:
        return self.subject

    @property
    def unit(self) -> str:
        return self.source


def digest(value: bytes) -> bytes:
    """SHA-256 of the record's bytes, 32 bytes."""
    return sha256(value).digest()


def command_id(unit: str, idempotency_key: str) -> bytes:
    """SHA-256(unit NUL Idempotency-Key), 32 bytes; travels with the event (protocol K1)."""
    return sha256(f"{unit}\0{idempotency_key}".encode()).digest()


def stream_kind(stream: str) -> str:
    """`case` for a case number, else what stands before the slash."""
    return stream.partition("/")[0] if "/" in stream else "case"


def is_case(stream: str) -> bool:
    return "/" not in stream


def founding_unit(stream: str) -> str | None:
    """The unit in a case number, which alone may write the first event; None for other streams."""
    match = _CASE.match(stream)
    return match["unit"] if match else None


def build(
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
) -> bytes:
    """The record's bytes. `time` is when it happened, `recorded` when the first log took it; both UTC.

    Raises TooLarge, and pydantic's serialization error while a Sealed field is still plain. The parts are joined as
    text because each was checked to need no escaping; that costs a third of serializing the whole.
    """
    if not _SAFE.fullmatch(f"{stream}|{unit}|{holder}|{actor}|{traceparent or ''}"):
        raise ValueError("stream, unit, holder, actor and traceparent are codes")
    kind = type(event)
    tail = f',"prevhash":"{prev.hex()}"' if prev is not None else ""
    if traceparent is not None:
        tail += f',"traceparent":"{traceparent}"'
    value = (
        f'{{"specversion":"1.0","id":"{stream}:{seq}","type":"{type_name(kind)}","source":"{unit}",'
        f'"subject":"{stream}","time":"{instant_text(time)}","datacontenttype":"application/json",'
        f'"dataschema":"{schema_uri(kind)}","seq":{seq},"epoch":{epoch},"term":{term},"holder":"{holder}",'
        f'"actor":"{actor}","recorded":"{instant_text(recorded)}","command":"{command.hex()}"{tail},'
        f'"data":{event.model_dump_json(exclude_none=True)}}}'
    ).encode()
    if len(value) > MAX_RECORD:
        raise TooLarge(f"the record of {len(value)} bytes is over {MAX_RECORD}")
    return value


def read(value: bytes) -> Envelope:
    """The envelope in these bytes. Raises Unreadable with the reason; never anything else."""
    if len(value) > MAX_RECORD:
        raise Unreadable(f"{len(value)} bytes, over {MAX_RECORD}")
    try:
        return Envelope.model_validate_json(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Unreadable(f"{'.'.join(map(str, first['loc'])) or 'record'}: {first['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from None


def peek(value: bytes) -> dict[str, Any]:
    """The top-level object, unchecked. Raises Unreadable when the bytes are no JSON object."""
    try:
        found: Any = from_json(value)
    except ValueError as error:
        raise Unreadable(str(error)) from None
    if not isinstance(found, dict):
        raise Unreadable("not a JSON object")
    return cast("dict[str, Any]", found)
