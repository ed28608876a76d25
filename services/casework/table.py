"""All acts of a case: name, function, precondition, events. Routes, screens and `actions` are made from it."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from contracts.case import (
    AcceptanceDeclined,
    ActAdopted,
    ActRevoked,
    CaseAccepted,
    CaseArchived,
    CaseAssigned,
    CaseClaimed,
    CaseConcluded,
    CaseCorrected,
    CaseDecided,
    CaseDisputed,
    CaseReceived,
    CaseReferred,
    CaseReleased,
    CaseReopened,
    CaseResumed,
    CaseReturned,
    CaseSettled,
    CaseSuspended,
    CaseTerminated,
    CaseUrged,
    CaseWithdrawn,
    CertificateCorrected,
    CertificateIssued,
    CertificateRevoked,
    ConsultationAnswered,
    ConsultationOpened,
    CustodyAssumed,
    DeadlineExtended,
    DeadlineRecomputed,
    FeeAssessed,
    FeePaid,
    FeeRefunded,
    FeeWaived,
    HandoverArrived,
    HearingAnnounced,
    HearingCalledOff,
    HearingHeld,
    HearingOffered,
    HearingRequested,
    HearingRequestWithdrawn,
    HearingWaived,
    NoticeIssued,
    PartiesHeard,
    ReferralAcknowledged,
    ReferralRecalled,
    ReferralRefused,
    RequestDeclined,
    ResultDelivered,
    StepCompleted,
    StepStarted,
    SupplementReceived,
    SupplementRequested,
)
from contracts.events import Event
from contracts.requests import (
    ConsultationAnswerSubmitted,
    RecallRequested,
    SupervisionAnswerSubmitted,
    SupplementSubmitted,
    UrgingRequested,
    WithdrawalRequested,
)
from contracts.supervision import SupervisionAnswered, SupervisionOrdered
from services.casework import (
    acceptance,
    answering,
    assumption,
    certificates,
    closing,
    consultation,
    desk,
    fees,
    hearing,
    hearing_right,
    imported,
    lapse,
    notices,
    outcome,
    parties,
    recall,
    receipt,
    referral,
    requests,
    supervision,
    supplement,
    suspension,
    urging,
    work,
)
from services.casework.actor import Actor, Role
from services.casework.book import Book
from services.casework.case import Case
from services.casework.who import ROLES

Precondition = Callable[[Case, Actor, Book], None]
GIVEN = frozenset({"case", "by", "at", "book", "superseded", "serial", "corrected", "ordered", "handed_in"})
"""What the service gives an act. `superseded`: what its log keeps of the case beside the live branch. `serial`: the
next number of the paper's series. `corrected`: the event of the live branch that the body names by its hash.
`ordered`: the supervision order that the body names by its stream. `handed_in`: when the request that the body names
was made."""


@dataclass(frozen=True, slots=True)
class Row:
    """An act of a person. `act(case, *, by, at, book, **body)` gives the events; `may(case, by, book)` raises the
    Refusal that forbids it whatever the body says. `event`: what it writes, and first, where something follows from
    it. `instead`: what it writes when rule 5 wants the superior."""

    name: str
    act: Callable[..., Sequence[Event]]
    may: Precondition
    event: type[Event]
    instead: type[Event] | None = None
    route: str = field(init=False)
    """The last part of `POST /cases/{number}/…`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "route", self.name.replace("_", "-"))

    @property
    def roles(self) -> frozenset[Role]:
        return ROLES[self.name]

    @property
    def body(self) -> tuple[str, ...]:
        """The fields that the body may have."""
        return tuple(name for name in inspect.signature(self.act).parameters if name not in GIVEN)


@dataclass(frozen=True, slots=True)
class Automatic:
    """What a service writes by itself; nobody decides it."""

    act: Callable[..., Sequence[Event]]
    events: tuple[type[Event], ...]


RECEIVE: tuple[Callable[..., Sequence[Event]], type[Event]] = (receipt.receive, CaseReceived)
"""The act that begins a case: `POST /cases`."""

TABLE: tuple[Row, ...] = (
    Row("claim", desk.claim, desk.may_claim, CaseClaimed),
    Row("assign", desk.assign, desk.may_assign, CaseAssigned),
    Row("release", desk.release, desk.may_release, CaseReleased),
    Row(
        "request_supplement",
        supplement.request_supplement,
        supplement.may_request_supplement,
        SupplementRequested,
    ),
    Row(
        "receive_supplement",
        supplement.receive_supplement,
        supplement.may_receive_supplement,
        SupplementReceived,
    ),
    Row("accept", acceptance.accept, acceptance.may_accept, CaseAccepted),
    Row("decline", acceptance.decline, acceptance.may_decline, AcceptanceDeclined),
    Row("start_step", work.start_step, work.may_start_step, StepStarted),
    Row("complete_step", work.complete_step, work.may_complete_step, StepCompleted),
    Row("suspend", suspension.suspend, suspension.may_suspend, CaseSuspended),
    Row("resume", suspension.resume, suspension.may_resume, CaseResumed),
    Row("extend", suspension.extend, suspension.may_extend, DeadlineExtended),
    Row("open_consultation", consultation.open_consultation, consultation.may_open_consultation, ConsultationOpened),
    Row(
        "answer_consultation",
        consultation.answer_consultation,
        consultation.may_answer_consultation,
        ConsultationAnswered,
    ),
    Row("hear_parties", parties.hear_parties, parties.may_hear_parties, PartiesHeard),
    Row("offer_hearing", hearing_right.offer_hearing, hearing_right.may_offer_hearing, HearingOffered),
    Row("request_hearing", hearing_right.request_hearing, hearing_right.may_request_hearing, HearingRequested),
    Row(
        "withdraw_hearing_request",
        hearing_right.withdraw_hearing_request,
        hearing_right.may_withdraw_hearing_request,
        HearingRequestWithdrawn,
    ),
    Row("waive_hearing", hearing_right.waive_hearing, hearing_right.may_waive_hearing, HearingWaived),
    Row("announce_hearing", hearing.announce_hearing, hearing.may_announce_hearing, HearingAnnounced),
    Row("call_off_hearing", hearing.call_off_hearing, hearing.may_call_off_hearing, HearingCalledOff),
    Row("hold_hearing", hearing.hold_hearing, hearing.may_hold_hearing, HearingHeld),
    Row("refer", referral.refer, referral.may_refer, CaseReferred),
    Row("acknowledge", referral.acknowledge, referral.may_acknowledge, ReferralAcknowledged),
    Row("refuse", referral.refuse, referral.may_refuse, ReferralRefused, CaseDisputed),
    Row("return", referral.return_case, referral.may_return, CaseReturned, CaseDisputed),
    Row("request_recall", recall.request_recall, recall.may_request_recall, RecallRequested),
    Row("request_withdrawal", requests.request_withdrawal, requests.may_request_withdrawal, WithdrawalRequested),
    Row("submit_supplement", requests.submit_supplement, requests.may_submit_supplement, SupplementSubmitted),
    Row("request_urging", urging.request_urging, urging.may_request_urging, UrgingRequested),
    Row(
        "submit_consultation_answer",
        requests.submit_consultation_answer,
        requests.may_submit_consultation_answer,
        ConsultationAnswerSubmitted,
    ),
    Row("decline_request", recall.decline_request, recall.may_decline_request, RequestDeclined),
    Row("decide", outcome.decide, outcome.may_decide, CaseDecided),
    Row("conclude", outcome.conclude, outcome.may_conclude, CaseConcluded),
    Row("deliver", outcome.deliver, outcome.may_deliver, ResultDelivered),
    Row("withdraw", outcome.withdraw, outcome.may_withdraw, CaseWithdrawn),
    Row("terminate", outcome.terminate, outcome.may_terminate, CaseTerminated),
    Row("issue_notice", notices.issue_notice, notices.may_issue_notice, NoticeIssued),
    Row(
        "issue_certificate",
        certificates.issue_certificate,
        certificates.may_issue_certificate,
        CertificateIssued,
    ),
    Row(
        "correct_certificate",
        certificates.correct_certificate,
        certificates.may_correct_certificate,
        CertificateCorrected,
    ),
    Row(
        "revoke_certificate",
        certificates.revoke_certificate,
        certificates.may_revoke_certificate,
        CertificateRevoked,
    ),
    Row("assess_fee", fees.assess_fee, fees.may_assess_fee, FeeAssessed),
    Row("pay_fee", fees.pay_fee, fees.may_pay_fee, FeePaid),
    Row("waive_fee", fees.waive_fee, fees.may_waive_fee, FeeWaived),
    Row("refund_fee", fees.refund_fee, fees.may_refund_fee, FeeRefunded),
    Row("correct", closing.correct, closing.may_correct, CaseCorrected),
    Row("reopen", closing.reopen, closing.may_reopen, CaseReopened),
    Row("archive", closing.archive, closing.may_archive, CaseArchived),
    Row("settle", imported.settle, imported.may_settle, CaseSettled),
)

OF_THE_CITY: tuple[Row, ...] = (
    Row("assume_custody", assumption.assume_custody, assumption.may_assume_custody, CustodyAssumed),
    Row("adopt", assumption.adopt, assumption.may_adopt, ActAdopted),
    Row("revoke", assumption.revoke, assumption.may_revoke, ActRevoked),
)
"""Acts that have their routes on the city's service alone. Before custody is assumed the feeds are read to their end,
and the epoch is above all that was ever seen of the case (protocol C3, C4)."""

OF_SUPERIORS: tuple[Row, ...] = (
    Row("order_supervision", supervision.order_supervision, supervision.may_order_supervision, SupervisionOrdered),
)
"""Acts of units that stand above others, city and districts. A case that the unit never had is fetched first (I4)."""

OF_THE_ORDERED: tuple[Row, ...] = (
    Row(
        "submit_supervision_answer",
        supervision.submit_supervision_answer,
        supervision.may_submit_supervision_answer,
        SupervisionAnswerSubmitted,
    ),
)
"""Acts of units that stand below another, all but the city. Whether it is possible depends on the order, not on the
case alone, so that it stands with each order and not with the case."""

AUTOMATIC: tuple[Automatic, ...] = (
    Automatic(lapse.clock_acts, (CaseAccepted, CaseTerminated, CaseUrged)),
    Automatic(lapse.recompute, (DeadlineRecomputed,)),
    Automatic(referral.arrive, (HandoverArrived,)),
    Automatic(
        answering.answer_request,
        (
            ReferralRecalled,
            CaseUrged,
            ConsultationAnswered,
            HearingRequested,
            HearingRequestWithdrawn,
            CaseResumed,
            RequestDeclined,
        ),
    ),
    Automatic(supervision.answer_supervision, (SupervisionAnswered,)),
)


def row(name: str) -> Row:
    """The act of this name or route, of all tables. Raises KeyError."""
    return ROWS[name.replace("-", "_")]


ROWS = {found.name: found for found in (*TABLE, *OF_THE_CITY, *OF_SUPERIORS, *OF_THE_ORDERED)}
NEEDS_SUPERSEDED = frozenset(
    found.name for found in ROWS.values() if "superseded" in inspect.signature(found.act).parameters
)
"""Acts that are decided on what lost against an assumed custody too."""
