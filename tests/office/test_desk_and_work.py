"""Who works on a case, and the steps of the work."""

from contracts.case import CaseAssigned, CaseClaimed, CaseReleased, StepCompleted, StepStarted
from contracts.fields import Plain
from services.casework.case import Held
from tests.office.story import AGENT, APPROVER, CLERK, COLLEAGUE, IMPORTER, TOWNSHIP, received


def test_a_case_on_somebodys_desk_is_not_claimed_by_a_colleague_until_released() -> None:
    story = received().when(CLERK, "claim").then(CaseClaimed(person=CLERK.subject))
    story.when(CLERK, "claim").then()
    story.refused("claimed", COLLEAGUE, "claim")
    story.refused("claimed", COLLEAGUE, "release")
    story = story.when(CLERK, "release").then(CaseReleased(person=CLERK.subject))
    story.when(CLERK, "release").then()
    story.refused("not_claimed", COLLEAGUE, "release")
    assert story.when(COLLEAGUE, "claim").case.custody == Held(TOWNSHIP, COLLEAGUE.subject)


def test_whoever_answers_for_the_work_gives_a_case_to_a_colleague_whosever_desk_it_is_on() -> None:
    story = received().when(CLERK, "claim")
    story.refused("role_missing", CLERK, "assign", person="colleague")
    story = story.when(APPROVER, "assign", person="colleague").then(CaseAssigned(person="colleague"))
    assert story.case.custody == Held(TOWNSHIP, "colleague")
    story.when(APPROVER, "assign", person="colleague").then()
    story = story.when(COLLEAGUE, "release").then(CaseReleased(person=COLLEAGUE.subject))
    assert story.case.custody == Held(TOWNSHIP)


def test_a_step_runs_from_its_start_to_its_completion_by_any_colleague() -> None:
    story = received().when(CLERK, "start_step", step="review", section="market.approval", persons=("a",))
    story.then(StepStarted(step="review", section="market.approval", persons=("a",)))
    story = story.when(COLLEAGUE, "complete_step", step="review", outcome="in-order", note=Plain("all there"))
    story.then(
        StepCompleted(
            step="review", outcome="in-order", section="market.approval", persons=("a",), note=Plain("all there")
        )
    )
    assert (story.case.open_steps, story.case.steps_completed) == ((), 1)


def test_a_step_of_one_moment_is_completed_without_a_start() -> None:
    received().when(CLERK, "complete_step", step="review", outcome="in-order").then(
        StepCompleted(step="review", outcome="in-order")
    )


def test_starting_a_running_step_again_is_nothing_by_the_same_person_and_a_conflict_by_a_colleague() -> None:
    story = received().when(CLERK, "start_step", step="review")
    story.when(CLERK, "start_step", step="review").then()
    story.refused("step_open", COLLEAGUE, "start_step", step="review")


def test_completing_a_step_again_at_once_is_nothing_by_the_same_person_and_a_conflict_by_a_colleague() -> None:
    story = received().when(CLERK, "complete_step", step="review", outcome="in-order")
    story.when(CLERK, "complete_step", step="review", outcome="in-order").then()
    story.refused("already_done", COLLEAGUE, "complete_step", step="review", outcome="in-order")


def test_a_step_may_be_done_once_more_later() -> None:
    story = received().when(CLERK, "complete_step", step="review", outcome="in-order")
    story = story.when(CLERK, "start_step", step="review").when(
        CLERK, "complete_step", step="review", outcome="in-order"
    )
    assert story.case.steps_completed == 2


def test_each_row_of_imported_history_counts_though_it_repeats_the_row_before() -> None:
    story = received(IMPORTER, imported=True)
    for _ in range(2):
        story = story.when(IMPORTER, "complete_step", step="review", outcome="done")
    assert story.case.steps_completed == 2


def test_a_site_check_needs_two_persons() -> None:
    story = received()
    story.refused("two_persons", CLERK, "start_step", step="site-visit", persons=("a", "a"))
    story.refused("two_persons", CLERK, "complete_step", step="site-visit", outcome="seen")
    story.when(CLERK, "complete_step", step="site-visit", outcome="seen", persons=("a", "b"))
    story = story.when(CLERK, "start_step", step="site-visit", persons=("a", "b"))
    assert story.when(CLERK, "complete_step", step="site-visit", outcome="seen").case.steps_completed == 1


def test_a_closed_case_has_no_more_steps_and_an_agent_does_none() -> None:
    received().refused("role_missing", AGENT, "start_step", step="review")
    received().when(CLERK, "withdraw").refused("wrong_phase", CLERK, "start_step", step="review")
