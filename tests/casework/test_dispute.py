"""Ping-pong between two units ends with their common superior: rule 5 of the referral protocol."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contracts.case import CaseDisputed, CaseReturned, ReferralRefused
from contracts.fields import Plain
from contracts.reference import UnitClosed
from services.casework.case import Held, custody
from services.casework.dispute import given_back
from services.casework.recall import grant_recall
from tests.office.story import (
    APPROVER,
    BOOK,
    CITY,
    CITY_CLERK,
    CLERK,
    COLLEAGUE,
    DISTRICT,
    DISTRICT_CLERK,
    OTHER_TOWNSHIP,
    TOWNSHIP,
    VILLAGE,
    Story,
    person,
    received,
)

UP = {"to": DISTRICT, "kind": "forward_up", "reason": "route"}
HOME = {"to": TOWNSHIP, "purpose": "supplement"}
WORK = {"step": "review", "outcome": "done"}
REQUEST = "a" * 32


def refused(story: Story) -> Story:
    """The township refers, the district does not take it."""
    return story.when(CLERK, "refer", **UP).arrives().when(DISTRICT_CLERK, "refuse", ground="wrong_area").arrives()


def returned(story: Story) -> Story:
    """The township refers, the district takes it and gives it back."""
    story = story.when(CLERK, "refer", **UP).arrives().when(DISTRICT_CLERK, "acknowledge")
    return story.when(DISTRICT_CLERK, "return", **HOME).arrives()


def twice() -> Story:
    return refused(refused(received()))


def disputed(carries: str, ground: str, note: Plain | None = None) -> CaseDisputed:
    return CaseDisputed.model_validate(
        {"to": CITY, "between": TOWNSHIP, "carries": carries, "ground": ground, "note": note}
    )


def test_the_third_refusal_is_written_as_a_dispute_alone_and_carries_it() -> None:
    story = twice().when(CLERK, "refer", **UP).arrives()
    story = story.when(DISTRICT_CLERK, "refuse", ground="not_our_item", note=Plain("again"))
    story.then(disputed("refusal", "not_our_item", Plain("again")))
    assert story.case.custody == Held(CITY)
    assert custody(story.case) == (CITY, 0, 6)
    assert not story.case.arrived


def test_the_third_return_is_written_as_a_dispute_alone_and_carries_it() -> None:
    story = returned(returned(received())).when(CLERK, "refer", **UP).when(DISTRICT_CLERK, "acknowledge")
    story = story.when(DISTRICT_CLERK, "return", **HOME)
    story.then(disputed("return", "supplement"))
    assert story.case.custody == Held(CITY)


@pytest.mark.parametrize("first", [refused, returned])
@pytest.mark.parametrize("second", [refused, returned])
def test_refusals_and_returns_count_together(first: Any, second: Any) -> None:
    story = second(first(received())).when(CLERK, "refer", **UP)
    story.when(DISTRICT_CLERK, "refuse", ground="wrong_area").then(disputed("refusal", "wrong_area"))
    story.when(DISTRICT_CLERK, "acknowledge").when(DISTRICT_CLERK, "return", **HOME).then(
        disputed("return", "supplement")
    )


def test_it_counts_whichever_of_the_two_gives_the_case_back() -> None:
    story = returned(received()).when(CLERK, "return", to=DISTRICT, purpose="correction")
    story.then(CaseReturned(to=DISTRICT, purpose="correction"))
    story.when(DISTRICT_CLERK, "return", **HOME).then(disputed("return", "supplement"))


def test_the_first_two_go_back_as_they_always_did() -> None:
    story = refused(received()).when(CLERK, "refer", **UP)
    story.when(DISTRICT_CLERK, "refuse", ground="wrong_area").then(ReferralRefused(to=TOWNSHIP, ground="wrong_area"))


def test_a_step_completed_in_between_by_the_sender_begins_the_count_anew() -> None:
    story = twice().when(CLERK, "complete_step", **WORK).when(CLERK, "refer", **UP)
    story.when(DISTRICT_CLERK, "refuse", ground="wrong_area").then(ReferralRefused(to=TOWNSHIP, ground="wrong_area"))


def test_a_step_completed_in_between_by_the_receiver_begins_the_count_anew() -> None:
    story = twice().when(CLERK, "refer", **UP).when(DISTRICT_CLERK, "acknowledge")
    story = story.when(DISTRICT_CLERK, "complete_step", **WORK)
    story = story.when(DISTRICT_CLERK, "return", **HOME).then(CaseReturned(to=TOWNSHIP, purpose="supplement"))
    assert refused_for_good(returned(story)).case.custody == Held(CITY)


def test_a_step_that_was_only_started_is_no_work_done() -> None:
    story = twice().when(CLERK, "start_step", step="review").when(CLERK, "refer", **UP)
    story.when(DISTRICT_CLERK, "refuse", ground="wrong_area").then(disputed("refusal", "wrong_area"))


def test_a_step_between_the_first_and_the_second_leaves_only_the_second_counting() -> None:
    story = refused(received()).when(CLERK, "complete_step", **WORK)
    story = refused(story)
    assert given_back(story.case.path, story.case.worked, TOWNSHIP, DISTRICT) == 1
    story = refused(story)
    assert story.case.custody == Held(TOWNSHIP)
    assert refused_for_good(story).case.custody == Held(CITY)


def refused_for_good(story: Story) -> Story:
    return story.when(CLERK, "refer", **UP).when(DISTRICT_CLERK, "refuse", ground="wrong_area")


def test_other_units_have_a_count_of_their_own() -> None:
    sideways = {"to": OTHER_TOWNSHIP, "kind": "transfer", "reason": "area"}
    other = person(OTHER_TOWNSHIP)
    story = twice().when(CLERK, "refer", **sideways).when(other, "refuse", ground="wrong_area")
    story.then(ReferralRefused(to=TOWNSHIP, ground="wrong_area"))
    assert refused_for_good(story).case.custody == Held(CITY)


def test_a_referral_that_its_sender_recalls_does_not_count() -> None:
    story = twice().when(CLERK, "refer", **UP)
    recalled = grant_recall(story.case, unit=DISTRICT, request=REQUEST, asker=TOWNSHIP, epoch=0, term=story.case.term)
    story = story.fold(DISTRICT, *recalled)
    assert story.case.custody == Held(TOWNSHIP)
    assert given_back(story.case.path, story.case.worked, TOWNSHIP, DISTRICT) == 2


def test_the_superior_of_a_village_point_and_its_township_is_the_district() -> None:
    village = person(VILLAGE)
    story = received(village)
    up = {"to": TOWNSHIP, "kind": "forward_up", "reason": "route"}
    for _ in range(3):
        story = story.when(village, "refer", **up).when(CLERK, "refuse", ground="wrong_area")
    story.then(CaseDisputed(to=DISTRICT, between=VILLAGE, carries="refusal", ground="wrong_area"))


def test_a_closed_superior_leaves_the_dispute_to_the_one_above_it() -> None:
    closed = UnitClosed(successor=CITY, closed_on=date(2026, 1, 1))
    village = person(VILLAGE)
    story = replace(received(village), book=BOOK.evolve(f"unit/{DISTRICT}", closed))
    up = {"to": TOWNSHIP, "kind": "forward_up", "reason": "route"}
    for _ in range(3):
        story = story.when(village, "refer", **up).when(CLERK, "refuse", ground="wrong_area")
    assert story.case.custody == Held(CITY)


def test_the_city_is_above_its_own_quarrels() -> None:
    story = received(DISTRICT_CLERK)
    for _ in range(3):
        story = story.when(DISTRICT_CLERK, "refer", to=CITY, kind="forward_up", reason="route")
        story = story.when(CITY_CLERK, "refuse", ground="not_our_item")
    story.then(CaseDisputed(to=CITY, between=DISTRICT, carries="refusal", ground="not_our_item"))
    assert custody(story.case) == (CITY, 0, 5)


def test_a_return_that_the_other_side_asked_for_is_no_dispute() -> None:
    story = twice().when(CLERK, "refer", **UP).when(DISTRICT_CLERK, "acknowledge")
    story = story.when(DISTRICT_CLERK, "return", to=TOWNSHIP, purpose="correction", request=REQUEST)
    story.then(CaseReturned(to=TOWNSHIP, purpose="correction", request=REQUEST))


def test_a_decided_case_goes_home_although_it_was_refused_twice() -> None:
    approver = person(DISTRICT, "d", "approver")
    story = twice().when(CLERK, "refer", **UP).when(DISTRICT_CLERK, "acknowledge").when(DISTRICT_CLERK, "accept")
    story = story.when(approver, "decide", outcome="granted")
    story = story.when(DISTRICT_CLERK, "return", to=TOWNSHIP, purpose="deliver_result")
    story.then(CaseReturned(to=TOWNSHIP, purpose="deliver_result"))


def test_the_superior_assigns_the_case_and_whoever_gives_it_back_undone_sees_it_before_the_superior_again() -> None:
    story = refused_for_good(twice()).arrives()
    story = story.when(CITY_CLERK, "refer", to=DISTRICT, kind="assign_down", reason="ruling").arrives()
    assert story.case.custody == Held(DISTRICT)
    story.when(DISTRICT_CLERK, "return", **HOME).then(disputed("return", "supplement"))
    worked = story.when(DISTRICT_CLERK, "complete_step", **WORK)
    worked.when(DISTRICT_CLERK, "return", **HOME).then(CaseReturned(to=TOWNSHIP, purpose="supplement"))


def test_a_dispute_written_again_by_the_same_person_is_nothing_and_by_another_a_conflict() -> None:
    story = refused_for_good(twice())
    story.when(DISTRICT_CLERK, "refuse", ground="wrong_area").then()
    story.refused("not_holder", person(DISTRICT, "b"), "refuse", ground="wrong_area")
    story.refused("not_holder", DISTRICT_CLERK, "return", **HOME)
    story = returned(returned(received())).when(CLERK, "refer", **UP).when(DISTRICT_CLERK, "acknowledge")
    story = story.when(DISTRICT_CLERK, "return", **HOME).arrives()
    story.when(DISTRICT_CLERK, "return", **HOME).then()
    story.refused("not_holder", DISTRICT_CLERK, "refuse", ground="wrong_area")


def test_while_the_superior_holds_the_case_the_two_units_write_nothing() -> None:
    story = refused_for_good(twice())
    for somebody in (CLERK, COLLEAGUE, APPROVER, DISTRICT_CLERK):
        story.refused("not_holder", somebody, "claim")
