"""The envelope: a record is one CloudEvents 1.0 JSON object, built once at the append.

Those bytes are stored, hashed and sent. `hash` = SHA-256 of the bytes, and the next event's `prevhash`, so anyone
checks a chain with nothing but a hash function. Source: CloudEvents 1.0.2, structured content mode.

`read` takes any JSON with these members in any order and spacing, because another program may have written it, but
refuses what two readers could understand differently or a database could not hold: a key that stands twice in one
object, NUL, a lone surrogate, NaN and Infinity. What `build` makes, `read` takes.
"""

import json
import re
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import from_json, to_json

from contracts.events import Event, schema_uri, type_name
from contracts.fields import (
    CASE_NUMBER,
    CODE_PATTERN,
    STREAM_PATTERN,
    UNIT_PATTERN,
    Code,
    Digest,
    Instant,
    StreamName,
    UnitCode,
    instant_text,
)

MAX_RECORD = 200_000
"""Bytes. A chain is handed over record by record, so no record grows with the case (protocol H1)."""

CONTENT_TYPE = b"application/cloudevents+json"

TRACEPARENT_PATTERN = "00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"
_CODES = re.compile(
    rf"(?:{STREAM_PATTERN})\|(?:{UNIT_PATTERN})\|(?:{UNIT_PATTERN})\|{CODE_PATTERN}\|(?:{TRACEPARENT_PATTERN})?"
)
_CASE = re.compile(CASE_NUMBER)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_MAX_INTEGER = 2**31 - 1

Traceparent = Annotated[str, Field(strict=True, pattern=f"^{TRACEPARENT_PATTERN}$")]
"""W3C Trace Context, version 00."""
Counter = Annotated[int, Field(strict=True, ge=0, le=_MAX_INTEGER)]
"""CloudEvents integers have 32 bits."""


class Unreadable(ValueError):
    """These bytes are no record: not JSON, not our envelope, or contradicting themselves."""


class TooLarge(ValueError):
    """A record over MAX_RECORD bytes; nothing was written."""


class Envelope(BaseModel):
    """CloudEvents attributes and our extensions; `data` stays raw until somebody needs the event."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    specversion: Literal["1.0"]
    id: Annotated[str, Field(strict=True, max_length=160)]
    type: Annotated[str, Field(strict=True, pattern=r"^sanji\.[a-z]+\.[A-Za-z]+\.v[0-9]+$")]
    source: UnitCode
    subject: StreamName
    time: Instant
    datacontenttype: Literal["application/json"]
    dataschema: Annotated[str, Field(strict=True, max_length=200)]
    seq: Annotated[int, Field(strict=True, ge=1, le=_MAX_INTEGER)]
    epoch: Counter
    term: Counter
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
        if not self.type.startswith(f"sanji.{stream_kind(self.subject)}."):
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
    match = _CASE.fullmatch(stream)
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
    """The record's bytes. `time` is when it happened, `recorded` when the first log took it; both aware.

    Raises TooLarge, pydantic's serialization error while a Sealed field is still plain, and ValueError for what `read`
    would refuse. The parts are joined as text because each was checked to need no escaping; that costs a third of
    serializing the whole.
    """
    kind = type(event)
    if not _CODES.fullmatch(f"{stream}|{unit}|{holder}|{actor}|{traceparent or ''}"):
        raise ValueError("stream, unit, holder, actor or traceparent is none")
    if kind.kind != stream_kind(stream):
        raise ValueError(f"{kind.__name__} does not belong to {stream}")
    if not (1 <= seq <= _MAX_INTEGER and 0 <= epoch <= _MAX_INTEGER and 0 <= term <= _MAX_INTEGER):
        raise ValueError("seq counts from 1, epoch and term from 0, in 32 bits")
    if (seq == 1) != (prev is None):
        raise ValueError("the first event alone has no prevhash")
    if len(command) != 32 or (prev is not None and len(prev) != 32):
        raise ValueError("a digest has 32 bytes")
    type_and_schema = _fixed(kind)
    tail = f',"prevhash":"{prev.hex()}"' if prev is not None else ""
    if traceparent is not None:
        tail += f',"traceparent":"{traceparent}"'
    head = (
        f'{{"specversion":"1.0","id":"{stream}:{seq}","type":"{type_and_schema[0]}","source":"{unit}",'
        f'"subject":"{stream}","time":"{instant_text(time)}","datacontenttype":"application/json",'
        f'"dataschema":"{type_and_schema[1]}","seq":{seq},"epoch":{epoch},"term":{term},"holder":"{holder}",'
        f'"actor":"{actor}","recorded":"{instant_text(recorded)}","command":"{command.hex()}"{tail},"data":'
    )
    value = b"%b%b}" % (head.encode(), event.__pydantic_serializer__.to_json(event, exclude_none=True))
    if len(value) > MAX_RECORD:
        raise TooLarge(f"the record of {len(value)} bytes is over {MAX_RECORD}")
    return value


@cache
def _fixed(kind: type[Event]) -> tuple[str, str]:
    return type_name(kind), schema_uri(kind)


def read(value: bytes) -> Envelope:
    """The envelope in these bytes. Raises Unreadable with the reason; never anything else."""
    if len(value) > MAX_RECORD:
        raise Unreadable(f"{len(value)} bytes, over {MAX_RECORD}")
    return envelope_of(peek(value))


def envelope_of(record: dict[str, Any]) -> Envelope:
    """The envelope in what `peek` gave. Raises Unreadable."""
    try:
        return Envelope.__pydantic_validator__.validate_python(record)
    except ValidationError as error:
        raise Unreadable(first_fault(error)) from None


def first_fault(error: ValidationError) -> str:
    """Where and what, without the value, which might be somebody's name."""
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(map(str, fault['loc'])) or 'record'}: {fault['msg']}"


def peek(value: bytes) -> dict[str, Any]:
    """The JSON object in these bytes, no field of it checked. Raises Unreadable, also for a key twice or NUL.

    The parser keeps the last of two equal keys. So what it kept is written again: equal bytes had no key twice. Only
    bytes that `build` did not make can differ, and only those are parsed again with each key looked at.
    """
    try:
        found: Any = from_json(value, allow_inf_nan=False, cache_strings="keys")
        if to_json(found) != value:
            json.loads(value, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from None
    if b"\\" in value and _NUL.search(value):
        raise Unreadable("NUL in a text")
    if not isinstance(found, dict):
        raise Unreadable("not a JSON object")
    return cast("dict[str, Any]", found)


def stored_data(value: bytes) -> dict[str, Any]:
    """The `data` of a record that `read` accepted or `build` made before: a quarter of the cost, and no check."""
    return from_json(value, cache_strings="keys")["data"]


def _once(members: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in members}) != len(members):
        raise ValueError("a key stands twice in one object")
