"""The body of each act, as it arrives over HTTP, and all of them by the name of the act. Field names are those of the
casework function."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from contracts.case import Material, MissingMaterial
from contracts.case.custody import ReferralKind, RefusalGround, ReturnPurpose
from contracts.case.receipt import Channel
from contracts.fields import (
    CaseNumber,
    Code,
    Digest,
    Flag,
    Instant,
    Plain,
    RequestId,
    TypedText,
    UnitCode,
)
from services.office import asking_bodies as asking
from services.office import dossier_bodies as dossier
from services.office.body import ActBody, Body, Codes


def _at_most(length: int) -> AfterValidator:
    def short(value: Plain) -> Plain:
        if len(value) > length:
            raise ValueError(f"at most {length} characters")
        return value

    return AfterValidator(short)


def _schema(length: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": length, "pattern": "^[^\\u0000]*$"})


PersonName = Annotated[TypedText, _at_most(200), _schema(200)]
Number = Annotated[TypedText, _at_most(100), _schema(100)]
Address = Annotated[TypedText, _at_most(500), _schema(500)]


class Applicant(Body):
    """Who applies. Sealed as a whole under the case's own key before it reaches a record, so all of it together has to
    be short enough for one sealed text (`contracts.fields.MAX_SEALED`): a longer one could be written and never read.
    """

    name: PersonName
    document_kind: Literal["resident_id", "passport", "organisation_code", "other"]
    document_number: Number
    phone: Number
    address: Address | None = None


class Receive(ActBody):
    item: Code
    channel: Channel
    applicant: Applicant
    materials: Annotated[tuple[Material, ...], Field(max_length=100)] = ()
    imported: Flag = False


class Claim(ActBody):
    """Take it onto one's own desk."""


class Assign(ActBody):
    """Lay it onto a colleague's desk. `person`: a staff number of the unit that holds the case."""

    person: Code


class Release(ActBody):
    """Lay it back."""


class RequestSupplement(ActBody):
    items: Annotated[tuple[MissingMaterial, ...], Field(min_length=1, max_length=100)]
    note: TypedText | None = None


class ReceiveSupplement(ActBody):
    materials: Annotated[tuple[Material, ...], Field(min_length=1, max_length=100)]
    request: RequestId | None = None


class Accept(ActBody):
    """Take the application up; the limits begin."""


class Decline(ActBody):
    reason: Code
    right_office: Code | None = None


class StartStep(ActBody):
    step: Code
    section: Code | None = None
    persons: Codes = ()


class CompleteStep(ActBody):
    step: Code
    outcome: Code
    section: Code | None = None
    persons: Codes = ()
    note: TypedText | None = None


class Suspend(ActBody):
    """Time does not count. `expected_days`: working days that the applicant was told in the notice of this number."""

    ground: Code
    expected_days: Annotated[int, Field(strict=True, ge=1, le=3650)]
    notice: Code
    basis: TypedText | None = None


class Resume(ActBody):
    """Time counts again."""


class Extend(ActBody):
    """More working days, once."""

    days: Annotated[int, Field(strict=True, ge=1, le=15)]
    reason: Code


class Refer(ActBody):
    to: UnitCode
    kind: ReferralKind
    reason: Code
    opinion: TypedText | None = None


class Acknowledge(ActBody):
    """Take custody that was offered."""


class Refuse(ActBody):
    ground: RefusalGround
    note: TypedText | None = None


class Return(ActBody):
    to: UnitCode
    purpose: ReturnPurpose
    note: TypedText | None = None
    request: RequestId | None = None


class Decide(ActBody):
    """`without_answer`: why it does not wait for open consultations. `hearing`: digest of the record it rests on."""

    outcome: Literal["granted", "denied"]
    reason: Code | None = None
    remedies: Codes = ()
    without_answer: Code | None = None
    hearing: Digest | None = None


class Conclude(ActBody):
    outcome: Literal["issued", "denied", "done", "returned", "void", "forwarded"]
    on_the_spot: Flag = False


class Deliver(ActBody):
    how: Literal["window", "post", "online", "agent"]
    to_whom: TypedText | None = None


class Withdraw(ActBody):
    request: RequestId | None = None


class Terminate(ActBody):
    ground: Literal["supplement_not_provided", "applicant_gone", "purpose_void", "other_law"]
    note: TypedText | None = None


class Settle(ActBody):
    """The import of this case is complete."""


class PassTime(Body):
    """Let the law's clock act on imported history up to this instant."""

    at: Instant


BODIES: dict[str, type[ActBody]] = {
    "claim": Claim,
    "assign": Assign,
    "release": Release,
    "request_supplement": RequestSupplement,
    "receive_supplement": ReceiveSupplement,
    "accept": Accept,
    "decline": Decline,
    "start_step": StartStep,
    "complete_step": CompleteStep,
    "suspend": Suspend,
    "resume": Resume,
    "extend": Extend,
    "open_consultation": dossier.OpenConsultation,
    "answer_consultation": dossier.AnswerConsultation,
    "hear_parties": dossier.HearParties,
    "offer_hearing": dossier.OfferHearing,
    "request_hearing": dossier.RequestHearing,
    "withdraw_hearing_request": dossier.WithdrawHearingRequest,
    "waive_hearing": dossier.WaiveHearing,
    "announce_hearing": dossier.AnnounceHearing,
    "call_off_hearing": dossier.CallOffHearing,
    "hold_hearing": dossier.HoldHearing,
    "refer": Refer,
    "acknowledge": Acknowledge,
    "refuse": Refuse,
    "return": Return,
    "request_recall": asking.RequestRecall,
    "request_withdrawal": asking.RequestWithdrawal,
    "submit_supplement": asking.SubmitSupplement,
    "request_urging": asking.RequestUrging,
    "submit_consultation_answer": dossier.SubmitConsultationAnswer,
    "decline_request": asking.DeclineRequest,
    "decide": Decide,
    "conclude": Conclude,
    "deliver": Deliver,
    "withdraw": Withdraw,
    "terminate": Terminate,
    "issue_notice": dossier.IssueNotice,
    "issue_certificate": dossier.IssueCertificate,
    "correct_certificate": dossier.CorrectCertificate,
    "revoke_certificate": dossier.RevokeCertificate,
    "assess_fee": dossier.AssessFee,
    "pay_fee": dossier.PayFee,
    "waive_fee": dossier.WaiveFee,
    "refund_fee": dossier.RefundFee,
    "correct": dossier.Correct,
    "reopen": dossier.Reopen,
    "archive": dossier.Archive,
    "settle": Settle,
    "adopt": asking.Adopt,
    "revoke": asking.Revoke,
}
"""By the act's name in casework's table."""


class BatchedAct(Body):
    """One act of a batch, with its own key. `number` is absent for `receive`."""

    key: Annotated[str, Field(strict=True, pattern=r"^[\x21-\x7e]{1,200}$")]
    act: Annotated[str, Field(strict=True, pattern=r"^[a-z-]{1,40}$")]
    number: CaseNumber | None = None
    body: dict[str, object] = Field(default_factory=dict[str, object])


class Batch(Body):
    """Up to 500 acts, each answered by itself; those of one case are done in order."""

    acts: Annotated[tuple[BatchedAct, ...], Field(min_length=1, max_length=500)]
