"""The bodies of the acts around a case: opinions, parties, hearings, papers, fees, and what may follow its end."""

from typing import Annotated

from pydantic import Field

from contracts.case.papers import NoticeKind
from contracts.case.work import Party
from contracts.fields import (
    Code,
    Day,
    Digest,
    TypedText,
    UnitCode,
)
from services.casework.closing import ReopeningGround
from services.casework.fees import Method
from services.office.body import ActBody


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


class WithdrawHearingRequest(ActBody):
    """Said in writing by everybody of `party` who asked. `digest`: SHA-256 of that paper."""

    party: Party
    digest: Digest


class WaiveHearing(ActBody):
    """Said at the window by everybody whom `party` names."""

    party: Party
    digest: Digest


class AnnounceHearing(ActBody):
    """`place`: code of the room."""

    hold_on: Day
    place: Code


class CallOffHearing(ActBody):
    reason: Code


class HoldHearing(ActBody):
    """`record`: SHA-256 of the hearing's record."""

    held_on: Day
    record: Digest


class IssueNotice(ActBody):
    """`seal`: the number of the seal on it. The service gives number and day, and draws the paper; `digest`: SHA-256 of
    a paper that was made elsewhere."""

    notice: NoticeKind
    seal: Code
    digest: Digest | None = None


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
