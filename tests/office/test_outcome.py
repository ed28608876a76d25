"""The decision and the ends of a case [38, 44]."""

from typing import Any

import pytest

from contracts.case import CaseConcluded, CaseDecided, CaseTerminated, CaseWithdrawn, ResultDelivered
from contracts.fields import Plain
from services.casework.case import Phase
from services.casework.describe import describe
from tests.office.story import (
    APPROVER,
    CLERK,
    COLLEAGUE,
    DISTRICT,
    DISTRICT_CLERK,
    FORWARDED,
    TOWNSHIP,
    Story,
    person,
    received,
)
from tests.office.test_supplement import asked

DENIED = {"outcome": "denied", "reason": "not-fulfilled", "remedies": ("administrative_reconsideration",)}


def accepted() -> Story:
    return received().when(CLERK, "accept")


def granted() -> Story:
    return accepted().when(APPROVER, "decide", outcome="granted")


def test_an_approver_decides_an_accepted_case() -> None:
    granted().then(CaseDecided(outcome="granted", approver=APPROVER.subject))


def test_a_clerk_does_not_decide() -> None:
    accepted().refused("role_missing", CLERK, "decide", outcome="granted")


def test_nothing_is_decided_before_acceptance() -> None:
    received().refused("wrong_phase", APPROVER, "decide", outcome="granted")


def test_an_item_is_decided_only_on_a_tier_that_may() -> None:
    approver = person(TOWNSHIP, "a", "approver")
    story = received(item=FORWARDED).when(CLERK, "refer", to=DISTRICT, kind="forward_up", reason="route")
    story = story.when(DISTRICT_CLERK, "acknowledge").when(DISTRICT_CLERK, "accept")
    back = story.when(DISTRICT_CLERK, "return", to=TOWNSHIP, purpose="supplement")
    refusal = back.refused("not_decidable", approver, "decide", outcome="granted")
    assert "district" in refusal.en
    assert story.when(person(DISTRICT, "d", "approver"), "decide", outcome="granted").case.phase is Phase.DECIDED


@pytest.mark.parametrize(
    "lacking", [{}, {"reason": "not-fulfilled"}, {"remedies": ("administrative_reconsideration",)}]
)
def test_a_denial_states_reason_and_remedies(lacking: dict[str, Any]) -> None:
    accepted().refused("reason_and_remedies", APPROVER, "decide", outcome="denied", **lacking)
    assert accepted().when(APPROVER, "decide", **DENIED).case.phase is Phase.DECIDED


def test_a_case_is_decided_once() -> None:
    story = granted()
    story.when(APPROVER, "decide", outcome="granted").then()
    story.refused("already_done", APPROVER, "decide", **DENIED)
    story.refused("already_done", person(TOWNSHIP, "b", "approver"), "decide", outcome="granted")


@pytest.mark.parametrize(
    ("decision", "fits"),
    [
        (None, {"returned", "void", "forwarded"}),
        ({"outcome": "granted"}, {"issued", "done"}),
        (DENIED, {"denied"}),
    ],
)
def test_the_conclusion_fits_the_decision(decision: dict[str, Any] | None, fits: set[str]) -> None:
    story = accepted().when(APPROVER, "decide", **decision) if decision else accepted()
    for outcome in ("issued", "denied", "done", "returned", "void", "forwarded"):
        if outcome in fits:
            story.when(CLERK, "conclude", outcome=outcome).then(CaseConcluded(outcome=outcome))
        else:
            story.refused("outcome_unfit", CLERK, "conclude", outcome=outcome)


def test_concluding_again_is_nothing_by_the_same_person_and_a_conflict_otherwise() -> None:
    story = granted().when(CLERK, "conclude", outcome="issued", on_the_spot=True)
    story.then(CaseConcluded(outcome="issued", on_the_spot=True))
    story.when(CLERK, "conclude", outcome="issued").then()
    story.refused("already_done", CLERK, "conclude", outcome="done")
    story.refused("already_done", COLLEAGUE, "conclude", outcome="issued")


def test_delivery_never_erases_how_the_case_ended() -> None:
    story = granted().when(CLERK, "conclude", outcome="issued")
    story = story.when(CLERK, "deliver", how="window", to_whom=Plain("a citizen"))
    story.then(ResultDelivered(how="window", to_whom=Plain("a citizen")))
    assert story.case.phase is Phase.DELIVERED
    assert story.case.ending is not None
    assert story.case.ending.phase is Phase.CONCLUDED
    assert describe(story.case)["outcome"] == "issued"


def test_a_declined_application_is_delivered_too_and_stays_declined() -> None:
    story = received().when(CLERK, "decline", reason="other-office").when(CLERK, "deliver", how="post")
    assert describe(story.case)["outcome"] == "declined"


def test_a_result_is_delivered_once_and_not_before_the_case_ended() -> None:
    granted().refused("wrong_phase", CLERK, "deliver", how="window")
    story = granted().when(CLERK, "conclude", outcome="issued").when(CLERK, "deliver", how="window")
    story.when(CLERK, "deliver", how="window").then()
    story.refused("already_done", COLLEAGUE, "deliver", how="window")


def test_the_applicant_withdraws_before_the_decision_and_not_after() -> None:
    story = asked().when(CLERK, "withdraw").then(CaseWithdrawn())
    story.when(CLERK, "withdraw").then()
    story.refused("already_done", COLLEAGUE, "withdraw")
    granted().refused("wrong_phase", CLERK, "withdraw")


def test_a_withdrawal_that_a_request_brought_names_it() -> None:
    story = received().when(CLERK, "withdraw", request="d" * 32).then(CaseWithdrawn(request="d" * 32))
    assert story.case.answer("d" * 32) is not None


def test_a_case_ends_for_want_of_a_supplement_only_while_one_is_outstanding() -> None:
    received().refused("no_supplement_outstanding", CLERK, "terminate", ground="supplement_not_provided")
    story = asked().when(CLERK, "terminate", ground="supplement_not_provided")
    story.then(CaseTerminated(ground="supplement_not_provided"))
    story.when(CLERK, "terminate", ground="supplement_not_provided").then()
    story.refused("already_done", COLLEAGUE, "terminate", ground="applicant_gone")
