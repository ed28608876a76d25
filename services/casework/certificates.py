"""Certificates (证照) are issued on what was granted, corrected, and revoked."""

from datetime import date, datetime

from contracts.case import CertificateCorrected, CertificateIssued, CertificateRevoked
from services.casework import numbering
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case, Phase
from services.casework.dossier import Certificate
from services.casework.moment import local_day, moment
from services.casework.refusals import conflict, unlawful
from services.casework.who import holding, in_phase, not_done_by

GRANTED = frozenset({Phase.DECIDED, Phase.CONCLUDED})


def may_issue_certificate(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "issue_certificate")
    in_phase(case, GRANTED)
    if case.decision is None or case.decision.outcome != "granted":
        raise unlawful("not_granted", case)


def issue_certificate(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    certificate: str,
    digest: str,
    valid_from: date,
    valid_to: date | None = None,
    serial: int = 1,
) -> list[CertificateIssued]:
    """Issue a certificate of this kind on what was granted, under the next number of the unit, kind and year.

    Valid from a day on, for good or through `valid_to`. Raises Unlawful `not_granted`, `certificate_validity`.
    """
    known = case.dossier.certificates
    issued = next((one for one in known if (one.certificate, one.digest) == (certificate, digest)), None)
    if issued is not None and issued.person == by.subject:
        return []
    may_issue_certificate(case, by, book)
    not_done_by(case, issued.person if issued else None)
    if valid_to is not None and valid_to < valid_from:
        raise unlawful("certificate_validity", case, start=valid_from.isoformat(), end=valid_to.isoformat())
    day = local_day(moment(case, at))
    numbered = numbering.number(by.unit, f"{numbering.CERTIFICATE}.{certificate}", day, serial)
    return [
        CertificateIssued(
            certificate=certificate, number=numbered, valid_from=valid_from, valid_to=valid_to, digest=digest
        )
    ]


def may_correct_certificate(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "correct_certificate")
    _some(case)


def correct_certificate(
    case: Case, *, by: Actor, at: datetime, book: Book, certificate_number: str, ground: str, digest: str
) -> list[CertificateCorrected]:
    """Another wording of the certificate of this number, which stays. Raises Unlawful `certificate_unknown`, Conflict
    `certificate_revoked`."""
    found = case.dossier.certificate(certificate_number)
    if found and found.revoked is None and (found.digest, found.corrected) == (digest, by.subject):
        return []
    may_correct_certificate(case, by, book)
    found = _known(case, certificate_number)
    if found.revoked is not None:
        raise conflict("certificate_revoked", case, certificate=certificate_number, person=found.revoked)
    not_done_by(case, found.corrected if found.digest == digest else None)
    return [CertificateCorrected(number=certificate_number, ground=ground, digest=digest)]


def may_revoke_certificate(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "revoke_certificate")
    _some(case)


def revoke_certificate(
    case: Case, *, by: Actor, at: datetime, book: Book, certificate_number: str, ground: str
) -> list[CertificateRevoked]:
    """The certificate of this number counts no more. Raises Unlawful `certificate_unknown`."""
    found = case.dossier.certificate(certificate_number)
    if found and found.revoked == by.subject:
        return []
    may_revoke_certificate(case, by, book)
    not_done_by(case, _known(case, certificate_number).revoked)
    return [CertificateRevoked(number=certificate_number, ground=ground)]


def _some(case: Case) -> None:
    if not case.dossier.certificates:
        raise conflict("no_certificate", case)


def _known(case: Case, number: str) -> Certificate:
    found = case.dossier.certificate(number)
    if found is None:
        raise unlawful("certificate_unknown", case, certificate=number)
    return found
