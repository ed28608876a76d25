"""Notices, certificates, and what becomes of acts of a superseded custodian."""

from typing import Literal

from contracts.case.base import CaseFact
from contracts.fields import Code, Day, Digest

NoticeKind = Literal[
    "receipt",
    "supplement",
    "acceptance",
    "declination",
    "extension",
    "special_procedure",
    "decision_granted",
    "decision_denied",
    "delivery",
]


class NoticeIssued(CaseFact):
    """收件凭证, 补正告知书, 受理 / 不予受理, 延期, 特别程序告知, 准予 / 不予许可决定书, 送达回证."""

    notice: NoticeKind
    number: Code
    seal: Code
    issued_on: Day
    digest: Digest


class CertificateIssued(CaseFact):
    certificate: Code
    number: Code
    valid_from: Day
    digest: Digest
    valid_to: Day | None = None


class CertificateCorrected(CaseFact):
    number: Code
    ground: Code
    digest: Digest


class CertificateRevoked(CaseFact):
    number: Code
    ground: Code


class ActAdopted(CaseFact):
    """The city makes a superseded act its own; names the beaten event."""

    act: Digest
    ground: Code
    notice: Code | None = None


class ActRevoked(CaseFact):
    """The city takes a superseded act back, with ground and notice."""

    act: Digest
    ground: Code
    notice: Code
