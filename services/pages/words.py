"""The words in which board and tracking speak, by code: tiers, phases, passes, events."""

from collections.abc import Mapping

from services.casework import reasons
from services.casework.limits import TimeLimit
from services.pages.languages import N_, Language

TIERS: Mapping[str, str] = {
    "city": N_("City"),
    "district": N_("Districts"),
    "township": N_("Townships"),
}
UNKNOWN_TIER = N_("Units not known yet")

PHASES: Mapping[str, str] = {
    "received": N_("Received"),
    "supplement_requested": N_("Supplement"),
    "accepted": N_("Accepted"),
    "decided": N_("Decided"),
    "concluded": N_("Concluded"),
    "delivered": N_("Delivered"),
    "declined": N_("Declined"),
    "withdrawn": N_("Withdrawn"),
    "terminated": N_("Ended"),
}
LIGHTS: Mapping[str, str] = {
    "green": N_("In time"),
    "amber": N_("Soon due"),
    "red": N_("Overdue"),
    "paused": N_("Suspended"),
}
LAW: Mapping[str, str] = {
    "deemed": N_("Deemed accepted"),
    "consultations": N_("Other bodies asked"),
    "answers": N_("Of these answered"),
    "suspensions": N_("Suspensions"),
}
OPEN_PHASES = ("received", "supplement_requested", "accepted", "decided")
CLOSED_PHASES = ("concluded", "delivered", "declined", "withdrawn", "terminated")

PASSES: Mapping[str, str] = {
    "forward_up": N_("Forwarded"),
    "preliminary_review": N_("Reviewed and forwarded"),
    "transfer": N_("Transferred"),
    "assign_down": N_("Assigned down"),
    "refusal": N_("Refused back"),
    "recall": N_("Recalled"),
    "handled": N_("Handled, back"),
    "supplement": N_("Back for supplement"),
    "correction": N_("Back for correction"),
    "deliver_result": N_("Result for delivery"),
    "dispute": N_("Disputed"),
    "assumption": N_("Assumed by the city"),
}

EVENTS: Mapping[str, str] = {
    "CaseReceived": N_("Received"),
    "CaseClaimed": N_("Claimed"),
    "CaseAssigned": N_("Assigned"),
    "CaseReleased": N_("Released"),
    "SupplementRequested": N_("Supplement requested"),
    "SupplementReceived": N_("Supplement received"),
    "CaseAccepted": N_("Accepted"),
    "AcceptanceDeclined": N_("Declined"),
    "StepStarted": N_("Step begun"),
    "StepCompleted": N_("Step completed"),
    "ConsultationOpened": N_("Consultation opened"),
    "ConsultationAnswered": N_("Consultation answered"),
    "PartiesHeard": N_("Parties heard"),
    "HearingOffered": N_("Hearing offered"),
    "HearingRequested": N_("Hearing asked for"),
    "HearingRequestWithdrawn": N_("Request for a hearing taken back"),
    "HearingWaived": N_("Hearing waived"),
    "HearingAnnounced": N_("Hearing announced"),
    "HearingCalledOff": N_("Hearing called off"),
    "HearingHeld": N_("Hearing held"),
    "CaseSuspended": N_("Clock suspended"),
    "CaseResumed": N_("Clock resumed"),
    "DeadlineExtended": N_("Limit extended"),
    "DeadlineRecomputed": N_("Date recomputed"),
    "CaseReferred": N_("Referred"),
    "HandoverArrived": N_("Arrived"),
    "ReferralAcknowledged": N_("Acknowledged"),
    "ReferralRefused": N_("Refused"),
    "ReferralRecalled": N_("Recalled"),
    "CaseReturned": N_("Returned"),
    "CaseDisputed": N_("Disputed"),
    "CustodyAssumed": N_("Assumed by the city"),
    "CaseDecided": N_("Decided"),
    "NoticeIssued": N_("Notice issued"),
    "CertificateIssued": N_("Certificate issued"),
    "CertificateCorrected": N_("Certificate corrected"),
    "CertificateRevoked": N_("Certificate revoked"),
    "ActAdopted": N_("Act adopted"),
    "ActRevoked": N_("Act revoked"),
    "FeeAssessed": N_("Fee assessed"),
    "FeePaid": N_("Fee paid"),
    "FeeWaived": N_("Fee waived"),
    "FeeRefunded": N_("Fee refunded"),
    "CaseConcluded": N_("Concluded"),
    "ResultDelivered": N_("Delivered"),
    "CaseWithdrawn": N_("Withdrawn"),
    "CaseTerminated": N_("Ended"),
    "CaseSettled": N_("Import settled"),
    "CaseUrged": N_("Urged"),
    "RequestDeclined": N_("Request declined"),
    "CaseCorrected": N_("Corrected"),
    "CaseReopened": N_("Reopened"),
    "CaseArchived": N_("Archived"),
    "CaseForgotten": N_("Forgotten"),
}
"""By the event's name; a test sees that none is missing."""


def event_name(type_name: str) -> str:
    """`CaseReceived` of `sanji.case.CaseReceived.v1`."""
    return type_name.split(".")[2]


def _said(pair: tuple[str, str], language: Language) -> str:
    return pair[0] if language.code == "zh" else pair[1]


def light(limit: TimeLimit, language: Language) -> str:
    """The light as a word, beside its colour."""
    return _said(reasons.LIGHTS[limit.light], language)


def clock(limit: TimeLimit, language: Language) -> str:
    said = _said(reasons.CLOCKS[limit.clock], language)
    return said[:1].upper() + said[1:]


def basis(limit: TimeLimit, language: Language) -> str:
    """The law or promise that the limit stands on."""
    return _said(reasons.BASES[limit.basis], language)
