"""The bodies of what is asked of others: requests to whoever holds a case, supervision, and the city's own acts."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.case import Material
from contracts.case.outcome import RequestKind
from contracts.fields import (
    Code,
    Digest,
    RequestId,
    TypedText,
    UnitCode,
)
from services.office.body import ActBody, Body


class RequestRecall(ActBody):
    reason: Code


class RequestWithdrawal(ActBody):
    """The applicant takes the application back at an office that no longer holds the case."""


class SubmitSupplement(ActBody):
    materials: Annotated[tuple[Material, ...], Field(min_length=1, max_length=100)]


class RequestUrging(ActBody):
    level: Literal["reminder", "yellow", "red"]


class DeclineRequest(ActBody):
    request: RequestId
    asked: RequestKind
    ground: Code


class AssumeCustody(Body):
    """The city takes the case over by the document `order`, now: no file tells of it later. `override`: why it does
    not wait for what others may have written, when a feed cannot be read to its end or events are missing."""

    order: Code
    reason: Code
    override: Code | None = None


class Adopt(ActBody):
    """Make a superseded act the city's own. `act`: the hash of its record."""

    act: Digest
    ground: Code
    notice: Code | None = None


class Revoke(ActBody):
    """Take a superseded act back. `act`: the hash of its record; `notice` tells the applicant."""

    act: Digest
    ground: Code
    notice: Code


class OrderSupervision(Body):
    """A unit below accounts for the case within `days` working days. Now: no file tells of it later."""

    to: UnitCode
    reason: Code
    days: Annotated[int, Field(strict=True, ge=1, le=3650)]
    text: TypedText | None = None


class SubmitSupervisionAnswer(Body):
    """The account that the order asks for."""

    order: Annotated[str, Field(strict=True, pattern=r"^supervision/[0-9a-f]{32}$")]
    answer: TypedText
