"""Suspend, resume, extend: on a ground, once, by the right head; and what is refused."""

import pytest

from contracts.case import CaseResumed, CaseSuspended, DeadlineExtended
from contracts.fields import Plain
from services.casework.actor import Actor
from services.casework.case import Clock
from services.casework.limits import Light
from services.casework.outlook import light_at, outlook
from services.casework.reasons import GROUNDS
from services.casework.refusals import Conflict, Forbidden, Unlawful
from tests.casework.dated import History, Story, instant, shown
from tests.office.story import AGENT, CLERK, COLLEAGUE, TOWNSHIP, person

HEAD = person(TOWNSHIP, "head", "head")
GOVERNMENT = person(TOWNSHIP, "mayor", "government_head")
RECEIVED = "2026-03-02 09:00 received licence township"
ACCEPTED = "2026-03-02 10:00 accepted"
SUSPENDED = "2026-03-04 10:00 suspended testing 3"


def told(*lines: str) -> Story:
    return History(lines or (RECEIVED, ACCEPTED)).tell()


def suspending(ground: str, **differs: object) -> dict[str, object]:
    return {"ground": ground, "expected_days": 10, "notice": "N-1", **differs}


@pytest.mark.parametrize("ground", GROUNDS)
def test_each_of_the_eight_grounds_of_article_45_stops_the_clock(ground: str) -> None:
    story = told().when(CLERK, "suspend", **suspending(ground))
    story.then(CaseSuspended(ground=ground, expected_days=10, notice="N-1"))
    assert story.case.clock is Clock.SUSPENDED


def test_without_a_ground_of_the_law_or_of_the_item_the_clock_runs_on() -> None:
    refusal = told().refused("ground_unknown", CLERK, "suspend", **suspending("leader-on-leave"))
    assert isinstance(refusal, Unlawful)
    assert "appraisal" in refusal.en


def test_a_ground_of_the_item_version_needs_its_basis() -> None:
    story = told("2026-03-02 09:00 received reviewed district", ACCEPTED)
    clerk = person("340402")
    story.refused("basis_missing", clerk, "suspend", **suspending("typhoon"))
    told_why = {"basis": Plain("防汛条例")}
    (event,) = story.when(clerk, "suspend", **suspending("typhoon", **told_why)).written
    assert isinstance(event, CaseSuspended)
    assert event.ground == "typhoon"
    told().refused("ground_unknown", CLERK, "suspend", **suspending("typhoon", **told_why))


def test_before_acceptance_there_is_no_clock_to_stop() -> None:
    told(RECEIVED).refused("wrong_phase", CLERK, "suspend", **suspending("testing"))


def test_suspending_again_is_nothing_by_the_same_person_and_a_conflict_otherwise() -> None:
    story = told().when(CLERK, "suspend", **suspending("testing"))
    story.when(CLERK, "suspend", **suspending("testing")).then()
    assert isinstance(story.refused("suspended_already", COLLEAGUE, "suspend", **suspending("testing")), Conflict)
    story.refused("suspended_already", CLERK, "suspend", **suspending("hearing"))


def test_resuming_names_the_ground_that_is_gone() -> None:
    story = told(RECEIVED, ACCEPTED, SUSPENDED).when(CLERK, "resume")
    story.then(CaseResumed(ground="testing"))
    assert story.case.clock is Clock.RUNNING
    story.when(CLERK, "resume").then()
    story.refused("not_suspended", COLLEAGUE, "resume")


def test_what_runs_cannot_be_resumed() -> None:
    assert isinstance(told().refused("not_suspended", CLERK, "resume"), Conflict)


def test_an_agent_neither_suspends_nor_resumes() -> None:
    told().refused("role_missing", AGENT, "suspend", **suspending("testing"))
    told(RECEIVED, ACCEPTED, SUSPENDED).refused("role_missing", AGENT, "resume")


def test_the_bodys_head_adds_at_most_ten_days() -> None:
    story = told()
    story.refused("too_many_days", HEAD, "extend", days=11, reason="complex")
    story.refused("too_many_days", HEAD, "extend", days=0, reason="complex")
    story.when(HEAD, "extend", days=10, reason="complex").then(
        DeadlineExtended(days=10, approver="head", by="head", reason="complex")
    )


def test_the_governments_head_adds_at_most_fifteen_days_to_a_joint_item() -> None:
    story = told("2026-03-02 09:00 received joint township", ACCEPTED)
    story.refused("too_many_days", GOVERNMENT, "extend", days=16, reason="complex")
    story.when(GOVERNMENT, "extend", days=15, reason="complex").then(
        DeadlineExtended(days=15, approver="mayor", by="government_head", reason="complex")
    )


def test_the_wrong_head_extends_nothing() -> None:
    joint = told("2026-03-02 09:00 received joint township", ACCEPTED)
    assert isinstance(joint.refused("wrong_head", HEAD, "extend", days=5, reason="x"), Forbidden)
    assert isinstance(told().refused("wrong_head", GOVERNMENT, "extend", days=5, reason="x"), Forbidden)
    told().refused("role_missing", CLERK, "extend", days=5, reason="x")


def test_a_limit_is_extended_once() -> None:
    story = told().when(HEAD, "extend", days=5, reason="complex")
    story.when(HEAD, "extend", days=5, reason="complex").then()
    story.refused("extended_already", HEAD, "extend", days=3, reason="complex")
    story.refused("extended_already", person(TOWNSHIP, "deputy", "head"), "extend", days=5, reason="complex")


@pytest.mark.parametrize(("when", "lawful"), [("2026-03-30 23:59:59", True), ("2026-03-31 00:00:00", False)])
def test_a_limit_is_extended_before_it_has_passed(when: str, lawful: bool) -> None:
    story = at(told(), when)
    if lawful:
        assert story.when(HEAD, "extend", days=5, reason="complex").written
    else:
        assert "2026-03-30" in story.refused("limit_passed", HEAD, "extend", days=5, reason="complex").en


def test_during_the_preliminary_review_there_is_no_decision_limit_to_extend() -> None:
    story = told("2026-03-02 09:00 received reviewed district", ACCEPTED)
    story.refused("nothing_to_extend", person("340402", "head", "head"), "extend", days=5, reason="x")


def test_suspended_when_three_quarters_are_used_a_list_shows_it_paused_until_the_days_told_are_over() -> None:
    # Promised are five: 3 4 5 6 are used. Told were three: 9 10 11.
    story = told(RECEIVED, ACCEPTED, "2026-03-06 10:00 suspended testing 3")
    seen = outlook(story.case, story.book)
    for when, light in (("2026-03-06 12:00", Light.PAUSED), ("2026-03-12 00:00", Light.AMBER)):
        assert light_at(seen.due, seen.amber, seen.paused, instant(when)) is light
        limit = shown(story, instant(when), "committed")
        assert limit is not None
        assert limit.light is light


def test_a_person_of_another_unit_stops_no_clock() -> None:
    stranger = Actor("x", "349999", None, frozenset({"clerk"}))
    told().refused("case_unknown", stranger, "suspend", **suspending("testing"))


def at(story: Story, when: str) -> Story:
    return Story(story.case, (), instant(when), story.book)
