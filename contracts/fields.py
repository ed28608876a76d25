"""Field types that every contract shares.

Lax pydantic takes `true` for 1 and `0` for an instant, and model-wide strictness refuses RFC 3339 text; so
strictness is said here, once, field by field.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainSerializer, StringConstraints, WithJsonSchema
from pydantic.functional_validators import PlainValidator

CASE_NUMBER = r"^(?P<unit>[0-9]{6,12})-(?P<day>[0-9]{8})-(?P<serial>[0-9]{4,12})$"
"""Unit, local date of receipt, serial of at least four digits; the number is the stream. With names, for Python."""

CASE_NUMBER_PATTERN = r"[0-9]{6,12}-[0-9]{8}-[0-9]{4,12}"
STREAM_PATTERN = rf"{CASE_NUMBER_PATTERN}|[a-z]{{1,19}}/[A-Za-z0-9_.:-]{{1,100}}"
UNIT_PATTERN = r"[0-9]{6,12}|portal"
CODE_PATTERN = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"
DEPARTMENT_PATTERN = rf"[0-9]{{6,12}}\.{CODE_PATTERN}"
ITEM_CODE_PATTERN = r"[A-Za-z0-9][A-Za-z0-9_:-]{0,50}"
INSTANT_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
DAY_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
SEALED_PATTERN = r"v1\.[A-Za-z0-9_-]{38,}"
"""Patterns without anchors, in the syntax that Python, Rust and ECMA 262 (JSON Schema) share."""

_INSTANT = re.compile(INSTANT_PATTERN)
_DAY = re.compile(DAY_PATTERN)
_SEALED = re.compile(SEALED_PATTERN)
_NOT_AN_INSTANT = "an instant is RFC 3339 text with a zone, for example 2026-11-22T08:00:00Z"


def _instant(value: Any) -> datetime:
    """An aware instant in UTC with microseconds; RFC 3339 text or a datetime with a zone, nothing else."""
    if isinstance(value, str):
        if not _INSTANT.fullmatch(value):
            raise ValueError(_NOT_AN_INSTANT)
        value = datetime.fromisoformat(value.upper())  # drops what is below a microsecond
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(_NOT_AN_INSTANT)
    return value if value.tzinfo is UTC else _in_utc(value)


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("this instant lies outside the years 1 to 9999") from None


def instant_text(value: datetime) -> str:
    """RFC 3339 in UTC with microseconds and `Z`: sorts as text, one form for one instant.

    Raises ValueError for a time without a zone, which Python would take for the machine's local time.
    """
    if value.tzinfo is None:
        raise ValueError("an instant has a zone")
    if value.tzinfo is not UTC:
        value = _in_utc(value)
    return f"{value.isoformat('T', 'microseconds')[:26]}Z"


def clean(value: str) -> str:
    """Text that PostgreSQL and every JSON reader can hold: no NUL, no lone surrogate."""
    if "\x00" in value:
        raise ValueError("text must not contain NUL")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("text must not contain lone surrogates") from None
    return value


def _calendar_day(value: Any) -> date:
    if isinstance(value, datetime):
        raise ValueError("a day has no time of day")
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    raise ValueError("a day is written YYYY-MM-DD")


Instant = Annotated[
    datetime,
    PlainValidator(_instant),
    PlainSerializer(instant_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": f"^{INSTANT_PATTERN}$"}),
]
Day = Annotated[
    date,
    PlainValidator(_calendar_day),
    PlainSerializer(lambda d: d.isoformat(), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{DAY_PATTERN}$"}),
]
NO_NUL = Field(json_schema_extra={"pattern": "^[^\\u0000]*$"})
"""Says to readers of the JSON Schema what `clean` checks."""

Text = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=2000), AfterValidator(clean), NO_NUL]
"""Open text without personal data: names of items and units, legal basis."""
Name = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200), AfterValidator(clean), NO_NUL]
Code = Annotated[str, StringConstraints(strict=True, pattern=f"^{CODE_PATTERN}$")]
"""A code from a list: reason, item, step, department, staff number."""
ItemCode = Annotated[str, StringConstraints(strict=True, pattern=f"^{ITEM_CODE_PATTERN}$")]
"""No dot, and short: `<unit>.<code>` names a district's own item, is a `Code` too, and meets no item of the city."""
UnitCode = Annotated[str, StringConstraints(strict=True, pattern=f"^({UNIT_PATTERN})$")]
CaseNumber = Annotated[str, StringConstraints(strict=True, pattern=f"^{CASE_NUMBER_PATTERN}$")]
StreamName = Annotated[str, StringConstraints(strict=True, pattern=f"^({STREAM_PATTERN})$")]
"""A case number, or `<kind>/<id>` for every other stream."""
Digest = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in lower-case hex."""
PublicKey = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9_-]{43}$")]
"""32 bytes, base64url without padding."""
Fen = Annotated[int, Field(strict=True, ge=0, le=10**12)]
Count = Annotated[int, Field(strict=True, ge=0, le=2**53)]
WorkingDays = Annotated[int, Field(strict=True, ge=0, le=3650)]
Flag = Annotated[bool, Field(strict=True)]
RequestId = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{32}$")]

Tier = Literal["city", "district", "township"]


class Plain(str):
    """Text that a person typed, not yet sealed. No contract model writes it into JSON, so it reaches no record.

    It is a `str`: whoever formats or logs it shows the text.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "Plain(…)"


class Ciphertext(str):
    """`v1.` and base64url of nonce, ciphertext and tag (AES-256-GCM under the case's own key)."""

    __slots__ = ()


MAX_SEALED = 21_400
"""Characters: room for a typed text of 4,000 four-byte characters with nonce and tag."""

SEALED = "sanji:sealed"
"""Marks a sealed field in the JSON Schema and in a model's field metadata."""


def _sealed(value: Any) -> "Plain | Ciphertext":
    match value:
        case Plain() | Ciphertext():
            return value
        case str() if len(value) <= MAX_SEALED and _SEALED.fullmatch(value):
            return Ciphertext(value)
        case _:
            raise ValueError("this field travels sealed: v1.<base64url>")


def _only_ciphertext(value: "Plain | Ciphertext") -> str:
    if isinstance(value, Ciphertext):
        return str(value)
    raise ValueError("a text that is not sealed cannot be written into a record")


Sealed = Annotated[
    Plain | Ciphertext,
    PlainValidator(_sealed),
    PlainSerializer(_only_ciphertext, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{SEALED_PATTERN}$", "maxLength": MAX_SEALED, "x-sealed": True}),
    SEALED,
]
"""What identifies a citizen and every text that a person typed: readable only under the case's key."""


def _typed(value: Any) -> Plain:
    if not isinstance(value, str):
        raise ValueError("text expected")
    if not 1 <= len(value) <= 4000:
        raise ValueError("between 1 and 4000 characters")
    return Plain(clean(value))


TypedText = Annotated[
    Plain,
    PlainValidator(_typed),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 4000, "pattern": "^[^\\u0000]*$"}),
]
"""The same text as it arrives in a request body, before it is sealed."""
