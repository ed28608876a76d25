"""Requests: whoever lacks custody and wants something asks the holder (protocol R1-R3).

A request is a single-writer stream `request/<id>` in the asker's tier feed. It names the case and the
(epoch, term) it was asked under; the event that answers it carries the id. The holder is that of the case, but for an
answer to a supervision order, which is asked of the order's.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.case.receipt import Material
from contracts.events import Event
from contracts.fields import CaseNumber, Code, Count, Sealed, StreamName


class Request(Event, abstract=True):
    kind: ClassVar[str] = "request"

    case: CaseNumber
    epoch: Count
    term: Count

    @property
    def asked_of(self) -> str:
        """The stream whose holder answers: the case, unless the request names another."""
        return self.case


class RecallRequested(Request):
    """Counts for exactly the term it names (protocol R2)."""

    reason: Code


class SupplementSubmitted(Request):
    """Papers that the citizen brought to somebody who does not hold the case."""

    materials: Annotated[tuple[Material, ...], Field(min_length=1, max_length=100)]


class WithdrawalRequested(Request):
    """By the applicant, at an office that does not hold the case or at the portal."""


class HearingAsked(Request):
    """By the applicant at the portal, within the days that the offer names [47]: the day of this record counts."""


class HearingWithdrawalAsked(Request):
    """By the applicant at the portal, who asked for a hearing and takes that back."""


class UrgingRequested(Request):
    by: Literal["supervisor", "citizen", "clock"]
    level: Literal["reminder", "yellow", "red"]


class ConsultationAnswerSubmitted(Request):
    consultation: Code
    answer: Sealed


class SupervisionAnswerSubmitted(Request):
    """For whoever gave the order, who need not hold the case."""

    order: StreamName
    answer: Sealed

    @property
    def asked_of(self) -> str:
        return self.order
