"""Another body is asked: in one's own house or at another unit; the decision waits, or says why not."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.case import CaseDecided, ConsultationAnswered, ConsultationOpened
from contracts.fields import Plain
from contracts.requests import ConsultationAnswerSubmitted
from services.casework.answering import answer_request
from services.casework.limits import Light
from services.casework.refusals import Conflict, NotFound, Unlawful
from tests.casework.dated import BOOK, History, Story, instant, shown
from tests.office.story import (
    APPROVER,
    CITY,
    CLERK,
    COLLEAGUE,
    DISTRICT,
    DISTRICT_CLERK,
    FIRE,
    OTHER_DISTRICT,
    TOWNSHIP,
    person,
    received,
)

QUESTION, ANSWER = Plain("is it safe?"), Plain("it is")
RECEIVED = "2026-03-02 09:00 received licence township"
ACCEPTED = "2026-03-02 10:00 accepted"


def asking(consultation: str = "C-1", **differs: Any) -> dict[str, Any]:
    return {"consultation": consultation, "department": FIRE, "question": QUESTION, **differs}


def accepted() -> Story:
    return received().when(CLERK, "accept")


def test_a_department_in_the_house_has_seven_working_days_unless_the_question_says_otherwise() -> None:
    story = accepted().when(CLERK, "open_consultation", **asking())
    story.then(ConsultationOpened(consultation="C-1", department=FIRE, question=QUESTION, days=7))
    story = accepted().when(CLERK, "open_consultation", **asking(days=3, unit=TOWNSHIP))
    story.then(ConsultationOpened(consultation="C-1", department=FIRE, question=QUESTION, days=3))


def test_asking_again_is_nothing_by_the_same_person_and_a_number_is_used_once() -> None:
    story = accepted().when(CLERK, "open_consultation", **asking())
    story.when(CLERK, "open_consultation", **asking()).then()
    assert isinstance(story.refused("consultation_used", COLLEAGUE, "open_consultation", **asking()), Conflict)
    story.refused("consultation_used", CLERK, "open_consultation", **asking(unit=DISTRICT))
    story = story.when(CLERK, "answer_consultation", consultation="C-1", answer=ANSWER)
    story.refused("consultation_used", CLERK, "open_consultation", **asking())
    story.when(CLERK, "open_consultation", **asking("C-2"))


@pytest.mark.parametrize(
    ("code", "differs"),
    [
        ("department_unknown", {"department": "unheard-of"}),
        ("department_unknown", {"unit": OTHER_DISTRICT}),
        ("unit_unknown", {"unit": "349999"}),
    ],
)
def test_nobody_is_asked_who_is_not_there(code: str, differs: dict[str, Any]) -> None:
    assert isinstance(accepted().refused(code, CLERK, "open_consultation", **asking(**differs)), Unlawful)


def test_a_decided_case_asks_nobody() -> None:
    story = accepted().when(APPROVER, "decide", outcome="granted")
    story.refused("wrong_phase", CLERK, "open_consultation", **asking())


def test_custody_stays_and_several_are_asked_at_once() -> None:
    story = accepted().when(CLERK, "open_consultation", **asking())
    story = story.when(CLERK, "open_consultation", **asking("C-2", unit=CITY))
    assert [(one.code, one.unit) for one in story.case.consultations] == [("C-1", TOWNSHIP), ("C-2", CITY)]
    assert story.case.known == {TOWNSHIP}
    story.when(CLERK, "complete_step", step="review", outcome="done")


def test_the_holders_clerk_writes_down_what_a_department_in_the_house_says() -> None:
    story = accepted().when(CLERK, "open_consultation", **asking())
    story = story.when(COLLEAGUE, "answer_consultation", consultation="C-1", answer=ANSWER)
    story.then(ConsultationAnswered(consultation="C-1", answer=ANSWER))
    story.when(COLLEAGUE, "answer_consultation", consultation="C-1", answer=ANSWER).then()
    story.refused("already_done", CLERK, "answer_consultation", consultation="C-1", answer=ANSWER)


def test_what_another_unit_was_asked_it_answers_itself() -> None:
    story = accepted().when(CLERK, "open_consultation", **asking(unit=CITY))
    story.refused("answered_elsewhere", CLERK, "answer_consultation", consultation="C-1", answer=ANSWER)
    story.refused("not_consulted", CLERK, "answer_consultation", consultation="C-2", answer=ANSWER)
    story.refused("held_here", CLERK, "submit_consultation_answer", consultation="C-1", answer=ANSWER)
    submitted = story.when(person(CITY), "submit_consultation_answer", consultation="C-1", answer=ANSWER)
    assert isinstance(submitted.written[0], ConsultationAnswerSubmitted)


def test_a_unit_that_was_asked_knows_the_case_for_good_and_no_other_act_is_its() -> None:
    story = accepted().when(CLERK, "open_consultation", **asking(unit=CITY))
    refusal = story.refused("case_unknown", person(CITY), "complete_step", step="review", outcome="done")
    assert isinstance(refusal, NotFound)
    story = story.fold(TOWNSHIP, ConsultationAnswered(consultation="C-1", answer=ANSWER))
    story.refused("not_consulted", person(CITY), "submit_consultation_answer", consultation="C-1", answer=ANSWER)


def test_a_department_of_the_house_that_passed_the_case_on_answers_by_a_request() -> None:
    story = accepted().when(CLERK, "open_consultation", **asking())
    story = story.when(CLERK, "refer", to=DISTRICT, kind="forward_up", reason="r").when(DISTRICT_CLERK, "acknowledge")
    story.refused("answered_elsewhere", DISTRICT_CLERK, "answer_consultation", consultation="C-1", answer=ANSWER)
    (submitted,) = story.when(CLERK, "submit_consultation_answer", consultation="C-1", answer=ANSWER).written
    assert isinstance(submitted, ConsultationAnswerSubmitted)
    said = {"unit": DISTRICT, "request": "a" * 32, "asker": TOWNSHIP, "asked": submitted, "asked_at": story.now}
    answered = answer_request(story.case, **said, at=story.now, book=BOOK)
    assert answered == [ConsultationAnswered(consultation="C-1", answer=ANSWER, request="a" * 32)]


def test_the_decision_waits_for_what_was_asked_or_says_why_not() -> None:
    story = accepted().when(CLERK, "open_consultation", **asking(unit=CITY))
    refusal = story.refused("consultations_open", APPROVER, "decide", outcome="granted")
    assert isinstance(refusal, Conflict)
    assert "C-1" in refusal.en
    story = story.when(APPROVER, "decide", outcome="granted", without_answer="agreed_by_telephone")
    story.then(CaseDecided(outcome="granted", approver="approver", without_answer="agreed_by_telephone"))
    assert story.case.consultations == ()
    story.refused("not_consulted", person(CITY), "submit_consultation_answer", consultation="C-1", answer=ANSWER)


def test_where_nothing_is_open_the_decision_names_no_reason_for_not_waiting() -> None:
    story = accepted().when(CLERK, "open_consultation", **asking())
    story = story.when(CLERK, "answer_consultation", consultation="C-1", answer=ANSWER)
    story = story.when(APPROVER, "decide", outcome="granted", without_answer="urgent")
    story.then(CaseDecided(outcome="granted", approver="approver"))


@pytest.mark.parametrize(
    "end", ["2026-03-05 09:00 answered", "2026-03-05 09:00 withdrawn", "2026-03-05 09:00 decided-without-answer"]
)
def test_its_clock_runs_from_the_opening_to_the_answer_or_to_the_end_of_waiting(end: str) -> None:
    opened = (RECEIVED, ACCEPTED, "2026-03-03 09:00 consulted 7 city")
    running = shown(History(opened).tell(), instant("2026-03-04 09:00"), "consultation")
    assert running is not None
    assert (running.days, running.used, running.charged, str(running.last_day)) == (7, 1, CITY, "2026-03-12")
    story = replace(History((*opened, end)).tell(), now=instant("2026-06-01 09:00"))
    over = shown(story, story.now, "consultation")
    assert over is not None
    assert (over.stopped, over.light) == (instant("2026-03-05 09:00"), Light.GREEN)


def test_a_case_that_is_opened_again_does_not_wait_for_what_nobody_answered() -> None:
    story = History((RECEIVED, ACCEPTED, "2026-03-03 09:00 consulted 7 city", "2026-03-05 09:00 withdrawn")).tell()
    story = story.when(person(TOWNSHIP, "head", "head"), "reopen", ground="court", document="D-1")
    assert story.case.consultations == ()
    limit = shown(story, instant("2026-06-01 09:00"), "consultation")
    assert limit is not None
    assert limit.light is Light.GREEN
