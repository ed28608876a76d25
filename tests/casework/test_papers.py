"""Notices and certificates: what they tell has happened, each paper once, numbers by unit, kind and year."""

from datetime import date, datetime

import pytest

from contracts.case import CertificateCorrected, CertificateIssued, CertificateRevoked, NoticeIssued
from contracts.case.papers import NoticeKind
from services.casework.numbering import number, series
from services.casework.refusals import Conflict, Unlawful
from tests.casework.dated import instant
from tests.office.story import APPROVER, CLERK, COLLEAGUE, MORNING, TOWNSHIP, Story, received

PAPER, OTHER = "c" * 64, "d" * 64
DAY = date(2026, 11, 23)
NUMBER = f"{TOWNSHIP}.cert.licence.2026-0007"


def notice(kind: NoticeKind, digest: str = PAPER, serial: int = 17) -> dict[str, object]:
    return {"notice": kind, "seal": "S-1", "digest": digest, "serial": serial}


def certificate(**differs: object) -> dict[str, object]:
    return {"certificate": "licence", "digest": PAPER, "valid_from": DAY, "serial": 7, **differs}


def granted(outcome: str = "granted") -> Story:
    denied = {"reason": "unfit", "remedies": ("administrative_reconsideration",)} if outcome == "denied" else {}
    return received().when(CLERK, "accept").when(APPROVER, "decide", outcome=outcome, **denied)


def certified() -> Story:
    return granted().when(CLERK, "issue_certificate", **certificate())


def test_a_number_names_unit_kind_year_and_serial() -> None:
    assert number(TOWNSHIP, "acceptance", DAY, 17) == "340402101.acceptance.2026-0017"
    assert number(TOWNSHIP, "acceptance", DAY, 123456).startswith(series(TOWNSHIP, "acceptance", DAY))


def test_a_notice_is_issued_once_under_its_number_with_seal_day_and_digest() -> None:
    story = received().when(CLERK, "accept").when(CLERK, "issue_notice", **notice("acceptance"))
    numbered = "340402101.acceptance.2026-0017"
    story.then(NoticeIssued(notice="acceptance", number=numbered, seal="S-1", issued_on=DAY, digest=PAPER))
    story.when(CLERK, "issue_notice", **notice("acceptance", serial=18)).then()
    assert isinstance(story.refused("already_done", COLLEAGUE, "issue_notice", **notice("acceptance")), Conflict)
    story.when(CLERK, "issue_notice", **notice("acceptance", OTHER, 18))


@pytest.mark.parametrize(
    "kind",
    ["supplement", "acceptance", "declination", "extension", "special_procedure", "decision_granted", "delivery"],
)
def test_a_notice_tells_only_of_what_has_happened(kind: NoticeKind) -> None:
    assert isinstance(received().refused("nothing_to_tell", CLERK, "issue_notice", **notice(kind)), Unlawful)


def test_a_notice_of_the_decision_says_what_was_decided() -> None:
    granted().when(CLERK, "issue_notice", **notice("decision_granted"))
    granted().refused("nothing_to_tell", CLERK, "issue_notice", **notice("decision_denied"))
    granted("denied").when(CLERK, "issue_notice", **notice("decision_denied"))


def test_the_year_of_a_number_is_the_offices_at_midnight() -> None:
    def issued(now: datetime) -> object:
        story = received()
        (event,) = Story(story.case, (), now).when(CLERK, "issue_notice", **notice("receipt")).written
        assert isinstance(event, NoticeIssued)
        return event.number, event.issued_on

    assert issued(instant("2026-12-31 23:59:59")) == (f"{TOWNSHIP}.receipt.2026-0017", date(2026, 12, 31))
    assert issued(instant("2027-01-01 00:00")) == (f"{TOWNSHIP}.receipt.2027-0017", date(2027, 1, 1))
    assert MORNING.date() == DAY


def test_a_certificate_is_issued_once_on_what_was_granted() -> None:
    story = certified()
    story.then(CertificateIssued(certificate="licence", number=NUMBER, valid_from=DAY, digest=PAPER))
    story.when(CLERK, "issue_certificate", **certificate()).then()
    story.refused("already_done", COLLEAGUE, "issue_certificate", **certificate())
    story.when(CLERK, "conclude", outcome="issued").when(CLERK, "issue_certificate", **certificate(digest=OTHER))


def test_without_a_grant_there_is_no_certificate() -> None:
    received().refused("wrong_phase", CLERK, "issue_certificate", **certificate())
    assert isinstance(granted("denied").refused("not_granted", CLERK, "issue_certificate", **certificate()), Unlawful)


def test_a_certificate_does_not_end_before_it_begins() -> None:
    body = certificate(valid_to=date(2026, 11, 22))
    assert isinstance(granted().refused("certificate_validity", CLERK, "issue_certificate", **body), Unlawful)
    granted().when(CLERK, "issue_certificate", **certificate(valid_to=DAY))


def test_a_certificate_is_corrected_by_an_approver_and_keeps_its_number() -> None:
    body = {"certificate_number": NUMBER, "ground": "misspelt", "digest": OTHER}
    story = certified()
    story.refused("role_missing", CLERK, "correct_certificate", **body)
    story.refused("certificate_unknown", APPROVER, "correct_certificate", **{**body, "certificate_number": "N-1"})
    granted().refused("no_certificate", APPROVER, "correct_certificate", **body)
    story = story.when(APPROVER, "correct_certificate", **body)
    story.then(CertificateCorrected(number=NUMBER, ground="misspelt", digest=OTHER))
    story.when(APPROVER, "correct_certificate", **body).then()


def test_a_revoked_certificate_is_revoked_once_and_not_corrected() -> None:
    body = {"certificate_number": NUMBER, "ground": "obtained_by_fraud"}
    story = certified().when(APPROVER, "revoke_certificate", **body)
    story.then(CertificateRevoked(number=NUMBER, ground="obtained_by_fraud"))
    story.when(APPROVER, "revoke_certificate", **body).then()
    refusal = story.refused("certificate_revoked", APPROVER, "correct_certificate", digest=OTHER, **body)
    assert isinstance(refusal, Conflict)
    granted().refused("no_certificate", APPROVER, "revoke_certificate", **body)
