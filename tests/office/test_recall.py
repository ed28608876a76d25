"""A unit asks for a case back, and the holder answers: rule 3 and R2 of the protocol."""

from contracts.case import CaseEvent, CaseReturned, ReferralRecalled, RequestDeclined
from contracts.requests import RecallRequested
from services.casework.case import Held, custody
from services.casework.recall import grant_recall
from tests.office.story import CLERK, COLLEAGUE, DISTRICT, DISTRICT_CLERK, OTHER_TOWNSHIP, TOWNSHIP, Story, received
from tests.office.test_referral import UP, offered, taken

REQUEST = "c" * 32


def answers(story: Story, *, unit: str = DISTRICT, asker: str = TOWNSHIP, epoch: int = 0, term: int = 1):
    """What the service of `unit` writes by itself on the recall."""
    return grant_recall(story.case, unit=unit, request=REQUEST, asker=asker, epoch=epoch, term=term)


def declined(ground: str) -> list[CaseEvent]:
    return [RequestDeclined(request=REQUEST, asked="recall", ground=ground)]


def test_a_recall_is_asked_under_the_present_term() -> None:
    story = offered()
    story.when(CLERK, "request_recall", reason="wrong-unit").then(
        RecallRequested(case=story.case.number, epoch=0, term=1, reason="wrong-unit")
    )


def test_only_the_unit_whose_referral_was_the_last_pass_asks_for_the_case_back() -> None:
    received().refused("nothing_to_recall", CLERK, "request_recall", reason="wrong-unit")
    offered().refused("nothing_to_recall", DISTRICT_CLERK, "request_recall", reason="wrong-unit")
    refused = offered().when(DISTRICT_CLERK, "refuse", ground="wrong_area")
    refused.refused("nothing_to_recall", DISTRICT_CLERK, "request_recall", reason="wrong-unit")


def test_before_acknowledgement_a_recall_is_granted_by_nobody_in_person() -> None:
    story = offered()
    granted = answers(story)
    assert granted == [ReferralRecalled(to=TOWNSHIP, request=REQUEST)]
    story = story.fold(DISTRICT, *granted)
    assert story.case.custody == Held(TOWNSHIP)
    assert custody(story.case) == (TOWNSHIP, 0, 2)


def test_a_recall_is_answered_once() -> None:
    story = offered()
    story = story.fold(DISTRICT, *answers(story)).when(CLERK, "refer", **UP)
    assert answers(story, term=3) == []


def test_a_recall_counts_for_exactly_the_term_it_was_asked_under() -> None:
    story = offered().when(DISTRICT_CLERK, "refuse", ground="wrong_area").when(CLERK, "refer", **UP)
    assert story.case.term == 3
    assert answers(story, term=1) == declined("custody_moved_on")
    assert answers(story, term=3) == [ReferralRecalled(to=TOWNSHIP, request=REQUEST)]


def test_a_recall_of_an_epoch_that_was_beaten_is_declined() -> None:
    assert answers(offered(), epoch=1) == declined("custody_moved_on")


def test_a_recall_by_another_than_the_sender_is_declined() -> None:
    assert answers(offered(), asker=OTHER_TOWNSHIP) == declined("not_the_sender")


def test_a_service_that_does_not_hold_the_case_answers_nothing() -> None:
    assert answers(offered(), unit=TOWNSHIP) == []


def test_after_acknowledgement_a_person_returns_the_case_naming_the_recall() -> None:
    story = taken()
    assert answers(story) == []
    story = story.when(DISTRICT_CLERK, "return", to=TOWNSHIP, purpose="correction", request=REQUEST)
    story.then(CaseReturned(to=TOWNSHIP, purpose="correction", request=REQUEST))
    assert answers(story, unit=TOWNSHIP) == []


def test_after_acknowledgement_a_person_may_decline_the_recall() -> None:
    story = taken().when(DISTRICT_CLERK, "decline_request", request=REQUEST, asked="recall", ground="work-begun")
    story.then(*declined("work-begun"))
    assert answers(story) == []


def test_a_request_is_declined_once() -> None:
    body = {"request": REQUEST, "asked": "recall", "ground": "work-begun"}
    story = taken().when(DISTRICT_CLERK, "decline_request", **body)
    story.when(DISTRICT_CLERK, "decline_request", **body).then()
    story = story.when(DISTRICT_CLERK, "claim")
    home = {"to": TOWNSHIP, "purpose": "correction", "request": REQUEST}
    story.refused("request_answered", DISTRICT_CLERK, "return", **home)


def test_while_a_case_is_offered_a_stale_recall_is_declined_and_other_requests_wait() -> None:
    body = {"request": REQUEST, "ground": "stale"}
    offered().when(DISTRICT_CLERK, "decline_request", asked="recall", **body).then(*declined("stale"))
    offered().refused("not_acknowledged", DISTRICT_CLERK, "decline_request", asked="urge", **body)
    offered().refused("not_holder", COLLEAGUE, "decline_request", asked="recall", **body)


def test_a_case_that_has_ended_is_not_recalled() -> None:
    taken().when(DISTRICT_CLERK, "withdraw").refused("wrong_phase", CLERK, "request_recall", reason="wrong-unit")
