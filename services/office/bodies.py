"""The body of each act, as it arrives over HTTP. Field names are those of the casework function; unknown ones are
refused. `at` is for the role integrator alone: the time of an act of imported history, RFC 3339."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from contracts.case import Material, MissingMaterial, Party
from contracts.case.custody import ReferralKind, RefusalGround, ReturnPurpose
from contracts.case.outcome import RequestKind
from contracts.case.papers import NoticeKind
from contracts.case.receipt import Channel
from contracts.fields import (
    CaseNumber,
    Code,
    Day,
    Digest,
    Flag,
    Instant,
    Plain,
    RequestId,
    TypedText,
    UnitCode,
)
from services.casework.closing import ReopeningGround
from services.casework.fees import Method

Codes = Annotated[tuple[Code, ...], Field(max_length=10)]


class Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ActBody(Body):
    at: Instant | None = None


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


class OpenConsultation(ActBody):
    """`unit`: where the department sits when it is not in one's own house. `days`: working days to answer in, the
    service's own number unless said."""

    consultation: Code
    department: Code
    question: TypedText
    unit: UnitCode | None = None
    days: Annotated[int, Field(strict=True, ge=1, le=3650)] | None = None


class AnswerConsultation(ActBody):
    consultation: Code
    answer: TypedText


class SubmitConsultationAnswer(ActBody):
    """The answer of a department that sits at another unit than the holder's."""

    consultation: Code
    answer: TypedText


class HearParties(ActBody):
    parties: Annotated[int, Field(strict=True, ge=1, le=10_000)]
    note: TypedText | None = None


class OfferHearing(ActBody):
    """`told`: who has the right; interested parties count as one."""

    reason: Code
    told: Annotated[tuple[Party, ...], Field(min_length=1, max_length=2)] = ("applicant", "interested_party")


class RequestHearing(ActBody):
    party: Party


class WaiveHearing(ActBody):
    """Said at the window by everybody whom `party` names."""

    party: Party


class AnnounceHearing(ActBody):
    """`place`: code of the room."""

    hold_on: Day
    place: Code


class HoldHearing(ActBody):
    """`record`: SHA-256 of the hearing's record."""

    held_on: Day
    record: Digest


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


class RequestRecall(ActBody):
    reason: Code


class RequestWithdrawal(ActBody):
    """The applicant takes the application back at an office that no longer holds the case."""


class SubmitSupplement(ActBody):
    materials: Annotated[tuple[Material, ...], Field(min_length=1, max_length=100)]


class RequestUrging(ActBody):
    level: Literal["reminder", "yellow", "red"]


class DeclineRequest(ActBody):
    request: RequestId
    asked: RequestKind
    ground: Code


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


class IssueNotice(ActBody):
    """`seal`: the number of the seal on it. `digest`: SHA-256 of the paper. The service gives number and day."""

    notice: NoticeKind
    seal: Code
    digest: Digest


CertificateKind = Annotated[str, Field(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_]{0,31}$")]
"""Part of the certificate's number, which is a code."""


class IssueCertificate(ActBody):
    """The service gives the number."""

    certificate: CertificateKind
    digest: Digest
    valid_from: Day
    valid_to: Day | None = None


class CorrectCertificate(ActBody):
    """`digest`: of the corrected certificate."""

    certificate_number: Code
    ground: Code
    digest: Digest


class RevokeCertificate(ActBody):
    certificate_number: Code
    ground: Code


class AssessFee(ActBody):
    """The fee is the item's."""


Amount = Annotated[int, Field(strict=True, ge=1, le=10**12)]
"""Fen."""


class PayFee(ActBody):
    amount: Amount
    method: Method
    terminal: Code
    voucher: Code


class WaiveFee(ActBody):
    amount: Amount
    basis: TypedText


class RefundFee(ActBody):
    amount: Amount
    method: Method
    voucher: Code
    reason: Code


class Correct(ActBody):
    """`of`: the hash of the record in which `field` is wrong. `value`: what is right."""

    of: Digest
    field: Code
    value: TypedText
    ground: Code


class Reopen(ActBody):
    """`document`: the number of the paper that orders it."""

    ground: ReopeningGround
    document: Code


class Archive(ActBody):
    retention_years: Annotated[int, Field(strict=True, ge=1, le=100)]
    shelf: Code


class Settle(ActBody):
    """The import of this case is complete."""


class AssumeCustody(Body):
    """The city takes the case over by the document `order`, now: no file tells of it later. `override`: why it does
    not wait for what others may have written, when a feed cannot be read to its end or events are missing."""

    order: Code
    reason: Code
    override: Code | None = None


class Adopt(ActBody):
    """Make a superseded act the city's own. `act`: the hash of its record."""

    act: Digest
    ground: Code
    notice: Code | None = None


class Revoke(ActBody):
    """Take a superseded act back. `act`: the hash of its record; `notice` tells the applicant."""

    act: Digest
    ground: Code
    notice: Code


class OrderSupervision(Body):
    """A unit below accounts for the case within `days` working days. Now: no file tells of it later."""

    to: UnitCode
    reason: Code
    days: Annotated[int, Field(strict=True, ge=1, le=3650)]
    text: TypedText | None = None


class SubmitSupervisionAnswer(Body):
    """The account that the order asks for."""

    order: Annotated[str, Field(strict=True, pattern=r"^supervision/[0-9a-f]{32}$")]
    answer: TypedText


class PassTime(Body):
    """Let the law's clock act on imported history up to this instant."""

    at: Instant


BODIES: dict[str, type[ActBody]] = {
    "claim": Claim,
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
    "open_consultation": OpenConsultation,
    "answer_consultation": AnswerConsultation,
    "hear_parties": HearParties,
    "offer_hearing": OfferHearing,
    "request_hearing": RequestHearing,
    "waive_hearing": WaiveHearing,
    "announce_hearing": AnnounceHearing,
    "hold_hearing": HoldHearing,
    "refer": Refer,
    "acknowledge": Acknowledge,
    "refuse": Refuse,
    "return": Return,
    "request_recall": RequestRecall,
    "request_withdrawal": RequestWithdrawal,
    "submit_supplement": SubmitSupplement,
    "request_urging": RequestUrging,
    "submit_consultation_answer": SubmitConsultationAnswer,
    "decline_request": DeclineRequest,
    "decide": Decide,
    "conclude": Conclude,
    "deliver": Deliver,
    "withdraw": Withdraw,
    "terminate": Terminate,
    "issue_notice": IssueNotice,
    "issue_certificate": IssueCertificate,
    "correct_certificate": CorrectCertificate,
    "revoke_certificate": RevokeCertificate,
    "assess_fee": AssessFee,
    "pay_fee": PayFee,
    "waive_fee": WaiveFee,
    "refund_fee": RefundFee,
    "correct": Correct,
    "reopen": Reopen,
    "archive": Archive,
    "settle": Settle,
    "adopt": Adopt,
    "revoke": Revoke,
}
"""By the act's name in casework's table."""


class BatchedAct(Body):
    """One act of a batch, with its own key. `number` is absent for `receive`."""

    key: Annotated[str, Field(strict=True, pattern=r"^[\x21-\x7e]{1,200}$")]
    act: Annotated[str, Field(strict=True, pattern=r"^[a-z-]{1,40}$")]
    number: CaseNumber | None = None
    body: dict[str, object] = {}


class Batch(Body):
    """Up to 500 acts, each answered by itself; those of one case are done in order."""

    acts: Annotated[tuple[BatchedAct, ...], Field(min_length=1, max_length=500)]
