"""What the portal itself writes: filings, complaints, ratings, questions. Never an event of a case."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.case.receipt import Material
from contracts.events import Event
from contracts.fields import CaseNumber, Code, Sealed, UnitCode


class PortalFact(Event, abstract=True):
    """Written by the portal in its own name."""


class FilingSubmitted(PortalFact):
    """An online application that waits at `unit` for a clerk to check and receive it."""

    kind: ClassVar[str] = "filing"

    unit: UnitCode
    item: Code
    applicant: Sealed
    materials: Annotated[tuple[Material, ...], Field(max_length=100)] = ()


class ComplaintFiled(PortalFact):
    kind: ClassVar[str] = "complaint"

    against: UnitCode
    text: Sealed
    case: CaseNumber | None = None
    window: Code | None = None


class RatingGiven(PortalFact):
    """Five levels of 好差评 (GB/T 39734): 5 is best. Silence is never counted."""

    kind: ClassVar[str] = "rating"

    unit: UnitCode
    level: Annotated[int, Field(strict=True, ge=1, le=5)]
    form: Literal["online", "offline"]
    case: CaseNumber | None = None
    text: Sealed | None = None


class QuestionAsked(PortalFact):
    kind: ClassVar[str] = "question"

    unit: UnitCode
    text: Sealed
