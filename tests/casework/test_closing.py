"""A clerical error is corrected, a case is opened again, its papers are laid away."""

from typing import Any

import pytest

from contracts.case import CaseArchived, CaseCorrected, CaseReceived, CaseReferred, CaseReopened, FeePaid, StepCompleted
from contracts.events import Event
from contracts.fields import Plain
from services.casework.case import Held, Phase
from services.casework.limits import limits
from services.casework.refusals import Conflict, Unlawful
from tests.casework.dated import History, instant
from tests.office.story import APPROVER, CLERK, COLLEAGUE, DISTRICT, DISTRICT_CLERK, TOWNSHIP, Story, person, received

HEAD = person(TOWNSHIP, "head", "head")
COURT = {"ground": "court", "document": "D-1"}
SHELF = {"retention_years": 10, "shelf": "A-1"}
RECORD = "e" * 64


def decided(outcome: str = "granted") -> Story:
    return received().when(CLERK, "accept").when(APPROVER, "decide", outcome=outcome)


def delivered() -> Story:
    return decided().when(CLERK, "conclude", outcome="issued").when(CLERK, "deliver", how="window")


# Clerical corrections


def correcting(field: str, corrected: Event | None) -> dict[str, Any]:
    return {"of": RECORD, "field": field, "value": Plain("张三"), "ground": "misspelt", "corrected": corrected}


def test_what_somebody_typed_is_corrected_beside_the_record_that_stays() -> None:
    story = received()
    (receipt,) = story.written
    story.when(APPROVER, "correct", **correcting("applicant", receipt)).then(
        CaseCorrected(of=RECORD, field="applicant", value=Plain("张三"), ground="misspelt")
    )
    story.when(APPROVER, "correct", **correcting("note", StepCompleted(step="review", outcome="done")))
    story.refused("role_missing", CLERK, "correct", **correcting("applicant", receipt))


def test_no_record_that_this_case_lacks_is_corrected() -> None:
    assert isinstance(received().refused("record_unknown", APPROVER, "correct", **correcting("note", None)), Unlawful)


PAID = FeePaid(amount=1, method="card", terminal="T-1", voucher="V-1")


@pytest.mark.parametrize(
    ("field", "event"),
    [
        ("item", CaseReceived(item="a", item_version=1, channel="window", applicant=Plain("x"))),
        ("materials", CaseReceived(item="a", item_version=1, channel="window", applicant=Plain("x"))),
        ("to", CaseReferred(to=DISTRICT, referral="transfer", reason="r")),
        ("outcome", StepCompleted(step="review", outcome="done")),
        ("amount", PAID),
        ("unheard_of", PAID),
        ("kind", PAID),
    ],
)
def test_what_custody_money_or_a_limit_depends_on_is_no_clerical_matter(field: str, event: Event) -> None:
    assert isinstance(received().refused("not_clerical", APPROVER, "correct", **correcting(field, event)), Unlawful)


def test_a_slip_in_a_voucher_number_is_one() -> None:
    received().when(APPROVER, "correct", **correcting("voucher", PAID))


# Reopening


@pytest.mark.parametrize("ground", ["reconsideration", "court", "own_correction"])
def test_a_closed_case_lies_again_with_its_last_holder_accepted_and_undecided(ground: str) -> None:
    story = delivered().when(HEAD, "reopen", ground=ground, document="D-1")
    story.then(CaseReopened.model_validate({"ground": ground, "document": "D-1"}))
    case = story.case
    assert (case.phase, case.decision, case.ending, case.delivered_by) == (Phase.ACCEPTED, None, None, None)
    assert isinstance(case.custody, Held)
    assert case.custody.unit == TOWNSHIP
    story.when(HEAD, "reopen", ground=ground, document="D-1").then()
    assert isinstance(story.refused("already_done", APPROVER, "reopen", **COURT), Conflict)
    story.when(APPROVER, "decide", outcome="granted").when(CLERK, "conclude", outcome="done")


def test_a_case_that_was_never_accepted_is_received_again() -> None:
    story = received().when(CLERK, "withdraw").when(APPROVER, "reopen", **COURT)
    assert story.case.phase is Phase.RECEIVED
    story.when(CLERK, "accept")


def test_a_decision_is_taken_back_before_the_case_is_concluded() -> None:
    assert decided().when(HEAD, "reopen", ground="own_correction", document="D-1").case.phase is Phase.ACCEPTED


def test_what_is_not_closed_is_not_opened_again() -> None:
    for story in (received(), received().when(CLERK, "accept")):
        story.refused("wrong_phase", HEAD, "reopen", **COURT)
    delivered().refused("role_missing", CLERK, "reopen", **COURT)


def test_every_limit_runs_anew_from_the_day_of_reopening() -> None:
    lines = (
        "2026-03-02 09:00 received licence township",
        "2026-03-02 10:00 accepted",
        "2026-03-03 10:00 granted",
        "2026-03-03 11:00 concluded",
    )
    story = History(lines).tell()
    story = Story(story.case, (), instant("2026-06-01 09:00"), story.book).when(HEAD, "reopen", **COURT)
    shown = {limit.clock: limit for limit in limits(story.case.times, story.book, instant("2026-06-02 09:00"))}
    assert (str(shown["statutory"].start_day), shown["statutory"].used) == ("2026-06-01", 1)
    assert str(shown["committed"].start_day) == "2026-06-01"
    assert shown["committed"].started == instant("2026-06-01 09:00")
    assert "delivery" not in shown


# Archiving


def test_papers_are_archived_once_the_result_is_delivered() -> None:
    story = delivered().when(CLERK, "archive", **SHELF)
    story.then(CaseArchived(retention_years=10, shelf="A-1"))
    story.when(CLERK, "archive", **SHELF).then()
    assert isinstance(story.refused("already_done", COLLEAGUE, "archive", **SHELF), Conflict)


def test_papers_of_a_case_that_ended_without_a_decision_are_archived_at_once() -> None:
    received().when(CLERK, "withdraw").when(CLERK, "archive", **SHELF)
    received().when(CLERK, "conclude", outcome="void").when(CLERK, "archive", **SHELF)
    received().refused("wrong_phase", CLERK, "archive", **SHELF)
    decided().refused("wrong_phase", CLERK, "archive", **SHELF)


def test_a_decision_reaches_the_applicant_before_its_papers_are_laid_away() -> None:
    story = decided().when(CLERK, "conclude", outcome="issued")
    assert isinstance(story.refused("not_delivered", CLERK, "archive", **SHELF), Conflict)


def test_an_archived_case_is_left_alone_until_it_is_opened_again() -> None:
    story = delivered().when(CLERK, "archive", **SHELF)
    for by, act, body in (
        (CLERK, "claim", {}),
        (CLERK, "issue_notice", {"notice": "receipt", "seal": "S-1", "digest": RECORD}),
        (APPROVER, "correct", correcting("applicant", None)),
        (CLERK, "return", {"to": DISTRICT, "purpose": "deliver_result"}),
    ):
        assert isinstance(story.refused("archived", by, act, **body), Conflict)
    story = story.when(HEAD, "reopen", **COURT)
    assert story.case.dossier.archived is None
    story.when(CLERK, "complete_step", step="review", outcome="done")


def test_a_request_ends_in_an_event_even_when_the_papers_are_laid_away() -> None:
    story = delivered().when(CLERK, "archive", **SHELF)
    story.when(CLERK, "decline_request", request="1" * 32, asked="urge", ground="archived")
    story.refused("case_unknown", DISTRICT_CLERK, "reopen", **COURT)
