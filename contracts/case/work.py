"""Work on an accepted case: steps, consultations, parties heard, hearings [34, 36, 46-48]."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.case.base import CaseFact
from contracts.fields import Code, Count, Day, Digest, RequestId, Sealed, UnitCode, WorkingDays

Persons = Annotated[tuple[Code, ...], Field(max_length=10)]
Party = Literal["applicant", "interested_party"]


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
    """The right to a hearing was told [46, 47]. `told`: whom; interested parties count as one."""

    reason: Code
    answer_by: Day
    told: Annotated[tuple[Party, ...], Field(min_length=1, max_length=2)] = ("applicant", "interested_party")


class HearingRequested(CaseFact):
    """Somebody who was told of the right asked for the hearing in time [47]; `request` when it was at the portal, and
    `asked_on` the day of that request, from which the days to the hearing run."""

    party: Party
    request: RequestId | None = None
    asked_on: Day | None = None


class HearingWaived(CaseFact):
    """Somebody who was told of the right says that no hearing is wanted (ours): the office waits for them no longer.
    `digest`: SHA-256 of the paper that they signed."""

    party: Party
    digest: Digest


class HearingRequestWithdrawn(CaseFact):
    """Who asked for the hearing takes the request back, and with it gives the right up (ours). `digest`: SHA-256 of the
    paper that they signed; `request` when it was at the portal. One of the two is there."""

    party: Party
    digest: Digest | None = None
    request: RequestId | None = None


class HearingAnnounced(CaseFact):
    """Those concerned are told when and where, more than seven working days ahead [48(1)]. The last one counts."""

    hold_on: Day
    place: Code


class HearingCalledOff(CaseFact):
    """What was announced is not held: the office had announced it by itself [46], or nobody asks for it any more.

    `answer_by`: the new last day to ask, for those who were told of the right and did not ask because a hearing stood
    announced (ours); None where there is nobody of that kind.
    """

    reason: Code
    answer_by: Day | None = None


class HearingHeld(CaseFact):
    """The record decides [48]."""

    held_on: Day
    record: Digest
