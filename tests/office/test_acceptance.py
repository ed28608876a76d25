"""The application is taken up, or it is not [32]."""

from datetime import date

from contracts.case import AcceptanceDeclined, CaseAccepted, Limit
from services.casework.case import Clock, Phase
from tests.office.story import (
    AGENT,
    CLERK,
    COLLEAGUE,
    DISTRICT,
    DISTRICT_CLERK,
    FORWARDED,
    received,
)
from tests.office.test_supplement import APPLICATION, IDENTITY, asked


def test_acceptance_starts_the_statutory_and_the_committed_limit_of_the_item() -> None:
    limits = (Limit(clock="statutory", days=20), Limit(clock="committed", days=5))
    story = received().when(CLERK, "accept").then(CaseAccepted(accepted_on=date(2026, 11, 23), limits=limits))
    assert (story.case.phase, story.case.clock) == (Phase.ACCEPTED, Clock.RUNNING)


def test_an_agent_does_not_accept() -> None:
    received().refused("role_missing", AGENT, "accept")


def test_a_point_that_is_only_an_agent_neither_accepts_nor_declines_but_the_district_does() -> None:
    story = received(item=FORWARDED)
    story.refused("agent_point", CLERK, "accept")
    story.refused("agent_point", CLERK, "decline", reason="not-for-us")
    story = story.when(AGENT, "refer", to=DISTRICT, kind="forward_up", reason="route").arrives()
    assert story.when(DISTRICT_CLERK, "acknowledge").when(DISTRICT_CLERK, "accept").case.phase is Phase.ACCEPTED


def test_a_case_that_waits_for_papers_is_not_accepted() -> None:
    asked().refused("supplement_outstanding", CLERK, "accept")


def test_once_all_papers_are_in_only_acceptance_is_lawful() -> None:
    story = asked().when(CLERK, "receive_supplement", materials=(APPLICATION, IDENTITY))
    story.refused("only_acceptance", CLERK, "decline", reason="not-for-us")
    assert story.when(CLERK, "accept").case.phase is Phase.ACCEPTED


def test_a_declination_states_reason_right_office_and_remedies() -> None:
    story = received().when(CLERK, "decline", reason="other-office", right_office="civil-affairs")
    remedies = ("administrative_reconsideration", "administrative_litigation")
    story.then(AcceptanceDeclined(reason="other-office", right_office="civil-affairs", remedies=remedies))
    assert (story.case.phase, story.case.clock) == (Phase.DECLINED, Clock.NOT_STARTED)


def test_an_accepted_case_is_not_declined() -> None:
    received().when(CLERK, "accept").refused("wrong_phase", CLERK, "decline", reason="late")


def test_accepting_again_is_nothing_by_the_same_person_and_a_conflict_by_a_colleague() -> None:
    story = received().when(CLERK, "accept")
    story.when(CLERK, "accept").then()
    refusal = story.refused("already_done", COLLEAGUE, "accept")
    assert refusal.state is not None
    assert refusal.state["phase"] == "accepted"


def test_declining_again_is_nothing_by_the_same_person_and_a_conflict_by_a_colleague() -> None:
    story = received().when(CLERK, "decline", reason="other-office")
    story.when(CLERK, "decline", reason="other-office").then()
    story.refused("already_done", COLLEAGUE, "decline", reason="other-office")
