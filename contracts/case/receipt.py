"""From the window to acceptance: articles 32 and 42 of the Administrative Licensing Law."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.case.base import CaseFact, Value
from contracts.fields import Code, Day, Digest, Flag, Instant, RequestId, Sealed, WorkingDays

Channel = Literal["window", "online", "post", "email", "internal"]
Form = Literal["original", "copy"]
Clock = Literal["statutory", "committed", "preliminary_review"]
Version = Annotated[int, Field(strict=True, ge=1, le=10**6)]


class Material(Value):
    """One paper of the dossier. `sha256` is the digest of its scan; none while only paper was shown."""

    kind: Code
    form: Form
    sha256: Digest | None = None


class MissingMaterial(Value):
    """One missing or wrong paper and the reason code."""

    kind: Code
    reason: Code


class Limit(Value):
    """A limit that now runs, in working days; its last day is derived from the calendar, never stored."""

    clock: Clock
    days: WorkingDays


class CaseReceived(CaseFact):
    """Papers were handed in. The item version is the case's for good; `imported` marks history from a file."""

    item: Code
    item_version: Version
    channel: Channel
    applicant: Sealed
    materials: Annotated[tuple[Material, ...], Field(max_length=100)] = ()
    imported: Flag = False


class CaseClaimed(CaseFact):
    """A person of the holding unit works on it."""

    person: Code


class CaseAssigned(CaseFact):
    """Whoever answers for the work of the holding unit laid it onto this person's desk."""

    person: Code


class CaseReleased(CaseFact):
    """That person laid it back."""

    person: Code


class SupplementRequested(CaseFact):
    """Every missing or wrong material, told all at once [32]."""

    missing: Annotated[tuple[MissingMaterial, ...], Field(min_length=1, max_length=100)]
    note: Sealed | None = None


class SupplementReceived(CaseFact):
    """What came in, and the kinds still missing (none: all asked for is in). `handed_in`: when the request that brought
    them was made, from which the office's time runs [32(5)]; none while they were handed to whoever writes this."""

    materials: Annotated[tuple[Material, ...], Field(min_length=1, max_length=100)]
    missing: Annotated[tuple[Code, ...], Field(max_length=100)] = ()
    request: RequestId | None = None
    handed_in: Instant | None = None


class CaseAccepted(CaseFact):
    """Accepted by a person, or deemed accepted by the passing of time [32(4)]."""

    accepted_on: Day
    deemed: Flag = False
    limits: Annotated[tuple[Limit, ...], Field(max_length=8)] = ()


class AcceptanceDeclined(CaseFact):
    """The application is not taken up (不予受理) [32]; names the right office when it is another's."""

    reason: Code
    right_office: Code | None = None
    remedies: Annotated[tuple[Code, ...], Field(max_length=10)] = ()
