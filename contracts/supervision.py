"""Supervision orders (督办): written by the orderer, answered by the ordered unit through a request."""

from typing import ClassVar

from contracts.events import Event
from contracts.fields import CaseNumber, Code, RequestId, Sealed, UnitCode, WorkingDays


class SupervisionFact(Event, abstract=True):
    kind: ClassVar[str] = "supervision"


class SupervisionOrdered(SupervisionFact):
    case: CaseNumber
    to: UnitCode
    reason: Code
    days: WorkingDays
    text: Sealed | None = None


class SupervisionAnswered(SupervisionFact):
    request: RequestId
    answer: Sealed
