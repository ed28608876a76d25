"""Work on an accepted case: steps, consultations, parties heard, hearings [34, 36, 46-48]."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.case.base import CaseFact
from contracts.fields import Code, Count, Day, Digest, RequestId, Sealed, UnitCode, WorkingDays

Persons = Annotated[tuple[Code, ...], Field(max_length=10)]


class StepStarted(CaseFact):
    step: Code
    section: Code | None = None
    persons: Persons = ()


class StepCompleted(CaseFact):
    """A site check needs two persons [34]."""

    step: Code
    outcome: Code
    section: Code | None = None
    persons: Persons = ()
    note: Sealed | None = None


class ConsultationOpened(CaseFact):
    """Custody stays; several run in parallel. `unit` is set when the department sits at another unit."""

    consultation: Code
    department: Code
    question: Sealed
    days: WorkingDays
    unit: UnitCode | None = None


class ConsultationAnswered(CaseFact):
    consultation: Code
    answer: Sealed
    request: RequestId | None = None


class PartiesHeard(CaseFact):
    """Applicant and interested parties were heard [36]."""

    parties: Count
    note: Sealed | None = None


class HearingOffered(CaseFact):
    """The right to a hearing was told [46, 47]."""

    reason: Code
    answer_by: Day


class HearingRequested(CaseFact):
    """Somebody who was told of the right asked for the hearing in time [47]; `request` when it was at the portal."""

    party: Literal["applicant", "interested_party"]
    request: RequestId | None = None


class HearingHeld(CaseFact):
    """The record decides [48]."""

    held_on: Day
    record: Digest
