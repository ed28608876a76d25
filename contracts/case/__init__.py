"""The events of a case, in the order of its life. Source of the words and of the law: casework.

Everything that identifies a citizen and every text that a person typed is `Sealed`; codes, days, units,
digests and staff numbers stand open.
"""

from contracts.case.custody import (
    CaseDisputed,
    CaseReferred,
    CaseReturned,
    CustodyAssumed,
    HandoverArrived,
    ReferralAcknowledged,
    ReferralRecalled,
    ReferralRefused,
)
from contracts.case.fees import FeeAssessed, FeePaid, FeeRefunded, FeeWaived
from contracts.case.limits import (
    CaseResumed,
    CaseSettled,
    CaseSuspended,
    CaseUrged,
    DeadlineExtended,
    DeadlineRecomputed,
)
from contracts.case.outcome import (
    CaseArchived,
    CaseConcluded,
    CaseCorrected,
    CaseDecided,
    CaseForgotten,
    CaseReopened,
    CaseTerminated,
    CaseWithdrawn,
    RequestDeclined,
    ResultDelivered,
)
from contracts.case.papers import (
    ActAdopted,
    ActRevoked,
    CertificateCorrected,
    CertificateIssued,
    CertificateRevoked,
    NoticeIssued,
)
from contracts.case.receipt import (
    AcceptanceDeclined,
    CaseAccepted,
    CaseAssigned,
    CaseClaimed,
    CaseReceived,
    CaseReleased,
    Limit,
    Material,
    MissingMaterial,
    SupplementReceived,
    SupplementRequested,
)
from contracts.case.work import (
    ConsultationAnswered,
    ConsultationOpened,
    HearingAnnounced,
    HearingCalledOff,
    HearingHeld,
    HearingOffered,
    HearingRequested,
    HearingRequestWithdrawn,
    HearingWaived,
    PartiesHeard,
    Party,
    StepCompleted,
    StepStarted,
)

CaseEvent = (
    CaseReceived
    | CaseClaimed
    | CaseAssigned
    | CaseReleased
    | SupplementRequested
    | SupplementReceived
    | CaseAccepted
    | AcceptanceDeclined
    | StepStarted
    | StepCompleted
    | ConsultationOpened
    | ConsultationAnswered
    | PartiesHeard
    | HearingOffered
    | HearingRequested
    | HearingRequestWithdrawn
    | HearingWaived
    | HearingAnnounced
    | HearingCalledOff
    | HearingHeld
    | CaseSuspended
    | CaseResumed
    | DeadlineExtended
    | DeadlineRecomputed
    | CaseReferred
    | HandoverArrived
    | ReferralAcknowledged
    | ReferralRefused
    | ReferralRecalled
    | CaseReturned
    | CaseDisputed
    | CustodyAssumed
    | CaseDecided
    | NoticeIssued
    | CertificateIssued
    | CertificateCorrected
    | CertificateRevoked
    | ActAdopted
    | ActRevoked
    | FeeAssessed
    | FeePaid
    | FeeWaived
    | FeeRefunded
    | CaseConcluded
    | ResultDelivered
    | CaseWithdrawn
    | CaseTerminated
    | CaseSettled
    | CaseUrged
    | RequestDeclined
    | CaseCorrected
    | CaseReopened
    | CaseArchived
    | CaseForgotten
)
"""Every event that a case can have; a `match` over it ends with `assert_never`."""

__all__ = [
    "AcceptanceDeclined",
    "ActAdopted",
    "ActRevoked",
    "CaseAccepted",
    "CaseArchived",
    "CaseAssigned",
    "CaseClaimed",
    "CaseConcluded",
    "CaseCorrected",
    "CaseDecided",
    "CaseDisputed",
    "CaseEvent",
    "CaseForgotten",
    "CaseReceived",
    "CaseReferred",
    "CaseReleased",
    "CaseReopened",
    "CaseResumed",
    "CaseReturned",
    "CaseSettled",
    "CaseSuspended",
    "CaseTerminated",
    "CaseUrged",
    "CaseWithdrawn",
    "CertificateCorrected",
    "CertificateIssued",
    "CertificateRevoked",
    "ConsultationAnswered",
    "ConsultationOpened",
    "CustodyAssumed",
    "DeadlineExtended",
    "DeadlineRecomputed",
    "FeeAssessed",
    "FeePaid",
    "FeeRefunded",
    "FeeWaived",
    "HandoverArrived",
    "HearingAnnounced",
    "HearingCalledOff",
    "HearingHeld",
    "HearingOffered",
    "HearingRequestWithdrawn",
    "HearingRequested",
    "HearingWaived",
    "Limit",
    "Material",
    "MissingMaterial",
    "NoticeIssued",
    "PartiesHeard",
    "Party",
    "ReferralAcknowledged",
    "ReferralRecalled",
    "ReferralRefused",
    "RequestDeclined",
    "ResultDelivered",
    "StepCompleted",
    "StepStarted",
    "SupplementReceived",
    "SupplementRequested",
]
