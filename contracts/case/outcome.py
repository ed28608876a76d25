"""Decision, conclusion, delivery, and the other ends of a case [38, 44]."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.case.base import CaseFact
from contracts.fields import Code, Digest, Flag, RequestId, Sealed, StreamName

RequestKind = Literal[
    "recall",
    "supplement",
    "withdraw",
    "urge",
    "consultation_answer",
    "supervision_answer",
    "hearing",
    "hearing_withdrawal",
]
Remedies = Annotated[tuple[Code, ...], Field(max_length=10)]


class CaseDecided(CaseFact):
    """Granted, or denied with reason and remedies [38]; names the approver or the grant it was made under.

    `without_answer`: why it did not wait for the consultations that were open. `hearing`: the record of the hearing on
    which it rests [48].
    """

    outcome: Literal["granted", "denied"]
    reason: Code | None = None
    remedies: Remedies = ()
    approver: Code | None = None
    delegation: StreamName | None = None
    part: Code | None = None
    without_answer: Code | None = None
    hearing: Digest | None = None


class CaseConcluded(CaseFact):
    """出证办结, 不予许可办结, 办结, 退回办结, 作废办结, 转报办结 (left this system)."""

    outcome: Literal["issued", "denied", "done", "returned", "void", "forwarded"]
    on_the_spot: Flag = False


class ResultDelivered(CaseFact):
    """Within 10 working days of the decision [44]."""

    how: Literal["window", "post", "online", "agent"]
    to_whom: Sealed | None = None


class CaseWithdrawn(CaseFact):
    """By the applicant."""

    request: RequestId | None = None


class CaseTerminated(CaseFact):
    ground: Literal["supplement_not_provided", "applicant_gone", "purpose_void", "other_law"]
    note: Sealed | None = None


class RequestDeclined(CaseFact):
    """A request ends here without what it asked for."""

    request: RequestId
    asked: RequestKind
    ground: Code


class CaseCorrected(CaseFact):
    """A clerical correction: which field of which event, and the right value."""

    of: Digest
    field: Code
    value: Sealed
    ground: Code


class CaseReopened(CaseFact):
    ground: Literal["reconsideration", "court", "own_correction"]
    document: Code


class CaseArchived(CaseFact):
    """Retention in years from the end of the case."""

    retention_years: Annotated[int, Field(strict=True, ge=1, le=100)]
    shelf: Code


class CaseForgotten(CaseFact):
    """Its keys are deleted everywhere; the chain still verifies."""

    ground: Code
    approver: Code
