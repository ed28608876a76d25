"""Custody passes on: the referral protocol, rules 1, 2, 4, 6 and 7."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contracts.case import (
    CaseReferred,
    CaseReturned,
    HandoverArrived,
    MissingMaterial,
    ReferralAcknowledged,
    ReferralRefused,
)
from contracts.fields import Plain
from contracts.reference import UnitClosed
from services.casework.case import Clock, Held, Offered, Phase, custody
from services.casework.referral import arrive
from services.casework.refusals import Conflict, NotFound
from tests.office.story import (
    AGENT,
    BOOK,
    CITY,
    CITY_CLERK,
    CLERK,
    COLLEAGUE,
    DISTRICT,
    DISTRICT_CLERK,
    OTHER_DISTRICT,
    OTHER_TOWNSHIP,
    TOWNSHIP,
    VILLAGE,
    VILLAGE_ONLY,
    Story,
    person,
    received,
)

UP = {"to": DISTRICT, "kind": "forward_up", "reason": "route"}
HOME = {"to": TOWNSHIP, "purpose": "handled"}


def offered(story: Story | None = None) -> Story:
    """The township has referred the case to its district, where it has arrived."""
    return (story or received()).when(AGENT, "refer", **UP).arrives()


def taken() -> Story:
    return offered().when(DISTRICT_CLERK, "acknowledge")


# Rule 1: from the referral on the receiver alone can write


def test_a_referred_case_is_offered_and_only_the_receiver_can_write() -> None:
    story = received().when(AGENT, "refer", **UP)
    story.then(CaseReferred(to=DISTRICT, referral="forward_up", reason="route"))
    assert story.case.custody == Offered(TOWNSHIP, DISTRICT, "forward_up")
    assert custody(story.case) == (DISTRICT, 0, 1)
    refusal = story.refused("not_holder", CLERK, "accept")
    assert isinstance(refusal, Conflict)
    assert refusal.state is not None
    assert refusal.state["custody"] == {
        "state": "offered",
        "unit": TOWNSHIP,
        "to": DISTRICT,
        "referral": "forward_up",
        "person": None,
        "epoch": 0,
        "term": 1,
        "arrived": False,
    }


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("accept", {}),
        ("claim", {}),
        ("decline", {"reason": "other-office"}),
        ("request_supplement", {"items": (MissingMaterial(kind="identity", reason="missing"),)}),
        ("complete_step", {"step": "review", "outcome": "done"}),
        ("refer", {"to": CITY, "kind": "forward_up", "reason": "route"}),
        ("return", HOME),
        ("withdraw", {}),
        ("terminate", {"ground": "applicant_gone"}),
        ("conclude", {"outcome": "void"}),
    ],
)
def test_while_a_case_is_offered_its_receiver_can_only_take_or_refuse_it(act: str, body: dict[str, Any]) -> None:
    offered().refused("not_acknowledged", DISTRICT_CLERK, act, **body)


def test_a_referral_neither_stops_a_clock_nor_closes_a_case() -> None:
    story = offered(received().when(CLERK, "accept"))
    assert (story.case.phase, story.case.clock) == (Phase.ACCEPTED, Clock.RUNNING)


def test_a_case_is_not_referred_any_more_once_it_is_decided() -> None:
    approver = person(TOWNSHIP, "approver", "approver")
    story = received().when(CLERK, "accept").when(approver, "decide", outcome="granted")
    story.refused("wrong_phase", CLERK, "refer", **UP)


def test_a_unit_that_never_had_the_case_does_not_learn_that_there_is_one() -> None:
    refusal = received().refused("case_unknown", person(OTHER_TOWNSHIP), "accept")
    assert isinstance(refusal, NotFound)
    assert refusal.state is None


def test_what_the_dossier_holds_may_not_be_asked_for_again_by_the_receiver() -> None:
    story = received(materials=({"kind": "application", "form": "copy"}, {"kind": "identity", "form": "copy"}))
    story = offered(story).when(DISTRICT_CLERK, "acknowledge")
    again = (MissingMaterial(kind="identity", reason="missing"),)
    story.refused("in_dossier", DISTRICT_CLERK, "request_supplement", items=again)


# Rule 2: it arrives, then a person acknowledges or refuses


def test_the_receivers_service_writes_the_arrival_once_for_every_pass() -> None:
    story = received().when(AGENT, "refer", **UP)
    last = story.case.last_pass
    assert last is not None
    assert not story.case.arrived
    story = story.arrives().then(HandoverArrived(handover=last.hash.hex()))
    assert story.case.arrived
    story.arrives().then()


def test_an_arrival_is_of_the_last_pass_and_at_its_receiver_only() -> None:
    case = received().when(AGENT, "refer", **UP).case
    assert case.last_pass is not None
    assert arrive(case, unit=TOWNSHIP, pass_hash=case.last_pass.hash) == []
    assert arrive(case, unit=DISTRICT, pass_hash=b"another pass") == []


def test_a_case_taken_before_its_arrival_was_written_still_gets_it() -> None:
    story = received().when(AGENT, "refer", **UP).when(DISTRICT_CLERK, "acknowledge")
    assert not story.case.arrived
    assert story.arrives().case.arrived


def test_a_case_that_was_only_received_waits_for_no_arrival() -> None:
    case = received().case
    assert case.arrived
    assert arrive(case, unit=TOWNSHIP, pass_hash=b"") == []


def test_whoever_acknowledges_works_on_the_case() -> None:
    story = offered().when(DISTRICT_CLERK, "acknowledge")
    story.then(ReferralAcknowledged(person=DISTRICT_CLERK.subject))
    assert story.case.custody == Held(DISTRICT, DISTRICT_CLERK.subject)
    assert custody(story.case) == (DISTRICT, 0, 1)


def test_acknowledging_again_is_nothing_by_the_same_person_and_a_conflict_by_a_colleague() -> None:
    story = taken()
    story.when(DISTRICT_CLERK, "acknowledge").then()
    story.refused("already_done", person(DISTRICT, "colleague"), "acknowledge")
    story.refused("already_done", person(DISTRICT, "colleague"), "refuse", ground="wrong_area")


def test_nothing_is_acknowledged_that_was_not_offered_here() -> None:
    received().refused("not_offered", CLERK, "acknowledge")
    offered().refused("not_holder", CLERK, "acknowledge")
    taken().when(DISTRICT_CLERK, "return", **HOME).refused("not_offered", CLERK, "acknowledge")


def test_a_refused_referral_gives_custody_back_at_once() -> None:
    story = offered().when(DISTRICT_CLERK, "refuse", ground="papers_incomplete", note=Plain("no photo"))
    story.then(ReferralRefused(to=TOWNSHIP, ground="papers_incomplete", note=Plain("no photo")))
    assert story.case.custody == Held(TOWNSHIP)
    assert custody(story.case) == (TOWNSHIP, 0, 2)
    assert story.when(CLERK, "accept").case.phase is Phase.ACCEPTED


def test_refusing_again_is_nothing_by_the_same_person_and_a_conflict_by_a_colleague() -> None:
    story = offered().when(DISTRICT_CLERK, "refuse", ground="wrong_area")
    story.when(DISTRICT_CLERK, "refuse", ground="wrong_area").then()
    story.refused("not_holder", person(DISTRICT, "colleague"), "refuse", ground="wrong_area")


def test_an_acknowledged_referral_is_not_refused_any_more() -> None:
    taken().refused("already_done", DISTRICT_CLERK, "refuse", ground="wrong_area")


# Rule 4: return and assignment hand over at once


def test_an_assigned_case_is_held_by_its_receiver_at_once() -> None:
    story = taken().when(DISTRICT_CLERK, "refer", to=VILLAGE, kind="assign_down", reason="site")
    assert story.case.custody == Held(VILLAGE)
    assert custody(story.case) == (VILLAGE, 0, 2)
    assert story.when(person(VILLAGE), "accept").case.phase is Phase.ACCEPTED


def test_an_assigned_case_cannot_be_refused() -> None:
    story = taken().when(DISTRICT_CLERK, "refer", to=VILLAGE, kind="assign_down", reason="site")
    story.refused("not_offered", person(VILLAGE), "refuse", ground="wrong_area")


def test_a_returned_case_is_held_by_the_earlier_custodian_at_once() -> None:
    story = taken().when(DISTRICT_CLERK, "return", **HOME).then(CaseReturned(to=TOWNSHIP, purpose="handled"))
    assert custody(story.case) == (TOWNSHIP, 0, 2)
    assert not story.case.arrived
    assert story.arrives().case.arrived
    story.when(DISTRICT_CLERK, "return", **HOME).then()


def test_a_case_goes_up_down_and_up_again_and_every_pass_raises_the_term() -> None:
    story = taken().when(DISTRICT_CLERK, "refer", to=CITY, kind="forward_up", reason="route")
    story = story.when(CITY_CLERK, "acknowledge").when(CITY_CLERK, "return", **HOME)
    story = offered(story)
    assert custody(story.case) == (DISTRICT, 0, 4)
    assert story.case.custodians == (TOWNSHIP, DISTRICT, CITY)


# Rules 6 and 7: where to


def test_a_jump_of_two_tiers_is_one_referral() -> None:
    received().when(CLERK, "refer", to=CITY, kind="forward_up", reason="route").then(
        CaseReferred(to=CITY, referral="forward_up", reason="route")
    )


def test_a_village_point_forwards_to_its_township() -> None:
    point = person(VILLAGE, "agent", "agent")
    story = received(point).when(point, "refer", to=TOWNSHIP, kind="forward_up", reason="route")
    assert story.case.custody == Offered(VILLAGE, TOWNSHIP, "forward_up")


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("to_itself", {"to": TOWNSHIP, "kind": "transfer"}),
        ("unit_unknown", {"to": "349999", "kind": "transfer"}),
        ("not_above", {"to": OTHER_TOWNSHIP, "kind": "forward_up"}),
        ("not_above", {"to": VILLAGE, "kind": "preliminary_review"}),
        ("not_below", {"to": OTHER_TOWNSHIP, "kind": "assign_down"}),
        ("not_below", {"to": DISTRICT, "kind": "assign_down"}),
        ("opinion_missing", {"to": DISTRICT, "kind": "preliminary_review"}),
    ],
)
def test_a_referral_that_leads_nowhere_is_refused(code: str, body: dict[str, Any]) -> None:
    received().refused(code, CLERK, "refer", reason="route", **body)


def test_a_case_is_not_referred_to_a_unit_whose_catalogue_lacks_the_item() -> None:
    received(item=VILLAGE_ONLY).refused(
        "unit_lacks_item", CLERK, "refer", to=OTHER_DISTRICT, kind="transfer", reason="area"
    )
    received(item=VILLAGE_ONLY).refused("unit_lacks_item", CLERK, "refer", to=CITY, kind="forward_up", reason="route")


def test_a_case_is_neither_referred_nor_returned_to_a_closed_unit() -> None:
    def closed(unit: str, by: str) -> Any:
        return BOOK.evolve(f"unit/{unit}", UnitClosed(successor=by, closed_on=date(2026, 11, 1)))

    replace(received(), book=closed(DISTRICT, CITY)).refused("unit_closed", CLERK, "refer", **UP)
    replace(taken(), book=closed(TOWNSHIP, DISTRICT)).refused("unit_closed", DISTRICT_CLERK, "return", **HOME)


def test_a_preliminary_review_goes_up_with_its_opinion() -> None:
    story = received().when(
        CLERK, "refer", to=DISTRICT, kind="preliminary_review", reason="route", opinion=Plain("in order")
    )
    assert story.case.custody == Offered(TOWNSHIP, DISTRICT, "preliminary_review")


def test_a_case_is_returned_only_to_an_earlier_custodian() -> None:
    taken().refused("never_custodian", DISTRICT_CLERK, "return", to=OTHER_TOWNSHIP, purpose="handled")
    taken().refused("to_itself", DISTRICT_CLERK, "return", to=DISTRICT, purpose="handled")


def test_a_unit_that_refused_an_offer_was_no_custodian() -> None:
    story = offered().when(DISTRICT_CLERK, "refuse", ground="wrong_area")
    story.refused("never_custodian", CLERK, "return", to=DISTRICT, purpose="correction")
    story.refused("not_holder", DISTRICT_CLERK, "accept")


def test_a_referral_repeated_is_nothing_by_the_same_person_and_a_conflict_by_a_colleague() -> None:
    story = offered()
    story.when(AGENT, "refer", **UP).then()
    story.refused("not_holder", COLLEAGUE, "refer", **UP)


# A result goes home


def ended(how: str) -> Story:
    """The case has come to its end in the district."""
    approver = person(DISTRICT, "approver", "approver")
    story = taken()
    match how:
        case "declined":
            return story.when(DISTRICT_CLERK, "decline", reason="other-office")
        case "withdrawn":
            return story.when(DISTRICT_CLERK, "withdraw")
        case "terminated":
            return story.when(DISTRICT_CLERK, "terminate", ground="applicant_gone")
        case "decided":
            return story.when(DISTRICT_CLERK, "accept").when(approver, "decide", outcome="granted")
        case _:
            return ended("decided").when(DISTRICT_CLERK, "conclude", outcome="issued")


@pytest.mark.parametrize("how", ["decided", "concluded", "declined", "withdrawn", "terminated"])
def test_a_result_comes_home_to_be_delivered_refusals_too(how: str) -> None:
    story = ended(how).when(DISTRICT_CLERK, "return", to=TOWNSHIP, purpose="deliver_result")
    assert story.case.custody == Held(TOWNSHIP)
    assert story.case.phase == how


@pytest.mark.parametrize("how", ["decided", "concluded", "declined", "withdrawn", "terminated"])
def test_an_ended_case_is_returned_for_nothing_but_its_result(how: str) -> None:
    ended(how).refused("wrong_phase", DISTRICT_CLERK, "return", **HOME)


def test_there_is_no_result_to_return_before_the_decision_nor_after_delivery() -> None:
    to_deliver = {"to": TOWNSHIP, "purpose": "deliver_result"}
    taken().refused("wrong_phase", DISTRICT_CLERK, "return", **to_deliver)
    delivered = ended("concluded").when(DISTRICT_CLERK, "deliver", how="window")
    delivered.refused("wrong_phase", DISTRICT_CLERK, "return", **to_deliver)


def test_an_agent_refers_but_neither_takes_nor_returns() -> None:
    agent = person(DISTRICT, "agent", "agent")
    offered().refused("role_missing", agent, "acknowledge")
    taken().refused("role_missing", agent, "return", **HOME)


def test_two_clerks_race_for_one_case_and_one_wins() -> None:
    first, second = person(DISTRICT, "first"), person(DISTRICT, "second")
    story = offered().when(first, "acknowledge")
    story.refused("already_done", second, "acknowledge")
    assert story.case.custody == Held(DISTRICT, first.subject)
