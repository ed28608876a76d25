"""A hearing is waived, a request for it taken back, and what was announced called off [46, 47]."""

from datetime import date

import pytest

from contracts.case import (
    CaseDecided,
    CaseResumed,
    HearingCalledOff,
    HearingRequestWithdrawn,
    HearingWaived,
)
from services.casework.actions import actions
from services.casework.case import Clock
from services.casework.limits import Light, limits
from services.casework.refusals import Conflict, Unlawful
from tests.casework.dated import instant, shown
from tests.casework.hearings import (
    ANNOUNCED,
    GRANTED,
    HELD,
    HOLD,
    OFFERED,
    RECORD,
    REQUESTED,
    SIGNED,
    at,
    told,
)
from tests.office.story import AGENT, APPROVER, CLERK, COLLEAGUE, TOWNSHIP, person

BY_BOTH = "2026-03-06 11:00 hearing-requested interested_party"
SUSPENDED = "2026-03-06 15:00 suspended hearing 15"
TAKEN_BACK = "2026-03-10 10:00 hearing-taken-back applicant"
TAKEN_BACK_BY_BOTH = "2026-03-10 11:00 hearing-taken-back interested_party"
MOVED = "2026-03-12 10:00 hearing-announced 2026-03-26"
WHY = {"reason": "settled"}


def taking_back(party: str = "applicant") -> dict[str, str]:
    return {"party": party, "digest": SIGNED}


def test_once_everybody_who_was_told_has_waived_the_office_waits_no_longer() -> None:
    offered = at(told(OFFERED), "2026-03-05 09:00")
    offered.refused("role_missing", AGENT, "waive_hearing", party="applicant", digest=SIGNED)
    story = offered.when(CLERK, "waive_hearing", party="applicant", digest=SIGNED)
    story.then(HearingWaived(party="applicant", digest=SIGNED))
    story.when(CLERK, "waive_hearing", party="applicant", digest=SIGNED).then()
    story.refused("already_done", COLLEAGUE, "waive_hearing", party="applicant", digest=SIGNED)
    story.refused("hearing_awaited", APPROVER, "decide", **GRANTED)
    story = story.when(CLERK, "waive_hearing", party="interested_party", digest=SIGNED)
    story.when(APPROVER, "decide", **GRANTED)


def test_where_nobody_else_has_an_interest_the_applicant_s_word_is_enough() -> None:
    story = at(told(), "2026-03-04 10:00").when(CLERK, "offer_hearing", reason="heavy_interest", told=("applicant",))
    assert isinstance(
        story.refused("party_not_told", CLERK, "waive_hearing", party="interested_party", digest=SIGNED), Unlawful
    )
    story.when(CLERK, "waive_hearing", party="applicant", digest=SIGNED).when(APPROVER, "decide", **GRANTED)


def test_who_waived_and_thinks_better_of_it_in_time_still_gets_the_hearing() -> None:
    story = at(told(OFFERED), "2026-03-05 09:00")
    for party in ("applicant", "interested_party"):
        story = story.when(CLERK, "waive_hearing", party=party, digest=SIGNED)
    story = at(story, "2026-03-11 09:00").when(CLERK, "request_hearing", party="applicant")
    story.refused("hearing_awaited", APPROVER, "decide", **GRANTED)
    story.refused("hearing_fixed", COLLEAGUE, "waive_hearing", party="interested_party", digest=SIGNED)


def test_nobody_waives_what_nobody_was_told_of() -> None:
    assert isinstance(
        told().refused("no_hearing_offered", CLERK, "waive_hearing", party="applicant", digest=SIGNED), Conflict
    )


def test_who_asked_for_the_hearing_takes_that_back_in_writing_and_for_good() -> None:
    story = at(told(OFFERED, REQUESTED), "2026-03-09 10:00")
    story.refused("role_missing", AGENT, "withdraw_hearing_request", **taking_back())
    story.refused("hearing_not_requested", CLERK, "withdraw_hearing_request", **taking_back("interested_party"))
    story = story.when(CLERK, "withdraw_hearing_request", **taking_back())
    story.then(HearingRequestWithdrawn(party="applicant", digest=SIGNED))
    story.when(CLERK, "withdraw_hearing_request", **taking_back()).then()
    assert isinstance(story.refused("already_done", COLLEAGUE, "withdraw_hearing_request", **taking_back()), Conflict)
    story.refused("already_done", COLLEAGUE, "waive_hearing", **taking_back())
    gone = story.refused("hearing_taken_back", CLERK, "request_hearing", party="applicant")
    assert isinstance(gone, Conflict), "within the five days too, so that nobody asks and takes back for ever"
    story.when(CLERK, "request_hearing", party="interested_party")


def test_a_request_that_nobody_made_or_whose_hearing_was_held_is_not_taken_back() -> None:
    for story in (told(), told(OFFERED), told(ANNOUNCED)):
        story.refused("hearing_not_requested", CLERK, "withdraw_hearing_request", **taking_back())
    held = told(OFFERED, REQUESTED, ANNOUNCED, HELD)
    held.refused("hearing_held", CLERK, "withdraw_hearing_request", **taking_back())
    decided = held.when(APPROVER, "decide", hearing=RECORD, **GRANTED)
    decided.refused("wrong_phase", CLERK, "withdraw_hearing_request", **taking_back())


def test_once_all_who_asked_have_taken_it_back_and_nobody_can_ask_the_decision_is_open() -> None:
    story = at(told(OFFERED, REQUESTED, BY_BOTH, TAKEN_BACK), "2026-03-10 12:00")
    at(story, "2026-05-12 09:00").refused("hearing_awaited", APPROVER, "decide", **GRANTED)
    story = story.when(CLERK, "withdraw_hearing_request", **taking_back("interested_party"))
    story.when(APPROVER, "decide", **GRANTED).then(CaseDecided(outcome="granted", approver="approver"))


def test_who_never_asked_may_still_do_so_in_the_days_that_were_told() -> None:
    story = told(OFFERED, REQUESTED, TAKEN_BACK)
    at(story, "2026-03-11 23:59:59").refused("hearing_awaited", APPROVER, "decide", **GRANTED)
    at(story, "2026-03-12 00:00").when(APPROVER, "decide", **GRANTED)
    at(story, "2026-03-11 09:00").when(CLERK, "waive_hearing", **taking_back("interested_party")).when(
        APPROVER, "decide", **GRANTED
    )


def test_a_hearing_that_was_announced_waits_to_be_called_off_when_its_request_is_taken_back() -> None:
    story = at(told(OFFERED, REQUESTED, BY_BOTH, ANNOUNCED, TAKEN_BACK), "2026-03-10 10:30")
    refusal = story.refused("hearing_requested", CLERK, "call_off_hearing", **WHY)
    assert isinstance(refusal, Conflict)
    assert [one.code for one in actions(story.case, CLERK, story.book) if one.name == "call-off-hearing"] == [
        "hearing_requested"
    ]
    story = story.when(CLERK, "withdraw_hearing_request", **taking_back("interested_party"))
    at(story, "2026-05-12 09:00").refused("hearing_awaited", APPROVER, "decide", **GRANTED)
    story.refused("role_missing", AGENT, "call_off_hearing", **WHY)
    story = story.when(CLERK, "call_off_hearing", **WHY).then(HearingCalledOff(reason="settled"))
    story.when(CLERK, "call_off_hearing", **WHY).then()
    story.refused("already_done", COLLEAGUE, "call_off_hearing", **WHY)
    at(story, "2026-03-18 15:00").refused("hearing_not_announced", CLERK, "hold_hearing", **HOLD)
    story.when(APPROVER, "decide", **GRANTED)


def test_the_office_calls_off_what_it_announced_by_itself() -> None:
    story = at(told(ANNOUNCED, MOVED), "2026-03-12 11:00").when(CLERK, "call_off_hearing", **WHY)
    story.then(HearingCalledOff(reason="settled"))
    story.when(CLERK, "issue_notice", notice="special_procedure", seal="S-1", digest=SIGNED)
    story.when(APPROVER, "decide", **GRANTED)


def test_what_nobody_announced_or_what_was_held_or_decided_is_not_called_off() -> None:
    for story in (told(), told(OFFERED, REQUESTED)):
        story.refused("nothing_to_call_off", CLERK, "call_off_hearing", **WHY)
    held = told(ANNOUNCED, HELD)
    held.refused("hearing_held", CLERK, "call_off_hearing", **WHY)
    decided = held.when(APPROVER, "decide", hearing=RECORD, **GRANTED)
    decided.refused("wrong_phase", CLERK, "call_off_hearing", **WHY)


def test_after_the_calling_off_another_hearing_may_be_announced_and_called_off_by_anybody() -> None:
    story = at(told(ANNOUNCED), "2026-03-09 10:00").when(CLERK, "call_off_hearing", **WHY)
    story = story.when(CLERK, "announce_hearing", hold_on=date(2026, 3, 26), place="room-1")
    story.refused("hearing_awaited", APPROVER, "decide", **GRANTED)
    story.when(COLLEAGUE, "call_off_hearing", **WHY).when(APPROVER, "decide", **GRANTED)


def test_who_relied_on_the_announcement_may_ask_within_five_days_of_the_calling_off() -> None:
    # Told on 4 March until the 11th; on the 6th a hearing is announced, moved on the 12th, called off on the 16th:
    # 17 18 19 20 (4), 23 (5).
    story = at(told(OFFERED, ANNOUNCED, MOVED), "2026-03-16 10:00").when(CLERK, "call_off_hearing", **WHY)
    story.then(HearingCalledOff(reason="settled", answer_by=date(2026, 3, 23)))
    story.refused("hearing_awaited", APPROVER, "decide", **GRANTED)
    at(story, "2026-03-23 23:59:59").when(CLERK, "request_hearing", party="interested_party").refused(
        "hearing_awaited", APPROVER, "decide", **GRANTED
    )
    at(story, "2026-03-24 00:00").refused("hearing_too_late", CLERK, "request_hearing", party="applicant")
    at(story, "2026-03-24 00:00").when(APPROVER, "decide", **GRANTED)
    for party in ("applicant", "interested_party"):
        story = story.when(CLERK, "waive_hearing", **taking_back(party))
    story.when(APPROVER, "decide", **GRANTED)


@pytest.mark.parametrize(
    "lines",
    [
        (OFFERED, "2026-03-12 14:00 hearing-announced 2026-03-26"),
        (
            OFFERED,
            "2026-03-04 11:00 hearing-waived applicant",
            "2026-03-04 12:00 hearing-waived interested_party",
            ANNOUNCED,
        ),
        (OFFERED, REQUESTED, BY_BOTH, ANNOUNCED, TAKEN_BACK, TAKEN_BACK_BY_BOTH),
    ],
    ids=["announced when the days were over", "waived by all", "taken back by all"],
)
def test_who_let_the_days_pass_or_gave_the_right_up_gets_no_other_days(lines: tuple[str, ...]) -> None:
    story = at(told(*lines), "2026-03-16 10:00").when(CLERK, "call_off_hearing", **WHY)
    story.then(HearingCalledOff(reason="settled")).when(APPROVER, "decide", **GRANTED)


def test_the_twenty_days_end_with_the_request_of_each() -> None:
    lines = (OFFERED, REQUESTED, "2026-03-09 11:00 hearing-requested interested_party", TAKEN_BACK)
    story, later = told(*lines), instant("2026-05-12 09:00")
    found = [one for one in limits(story.case.times, story.book, later) if one.clock == "hearing"]
    assert [(one.about, one.light, one.stopped, str(one.last_day)) for one in found] == [
        ("applicant", Light.GREEN, instant("2026-03-10 10:00"), "2026-04-03"),
        ("interested_party", Light.RED, None, "2026-04-07"),
    ]


def test_time_that_was_suspended_for_the_hearing_counts_again_with_the_calling_off() -> None:
    story = at(told(OFFERED, REQUESTED, BY_BOTH, ANNOUNCED, SUSPENDED, TAKEN_BACK), "2026-03-12 10:00")
    assert story.case.clock is Clock.SUSPENDED
    story = story.when(CLERK, "withdraw_hearing_request", **taking_back("interested_party"))
    story.then(HearingRequestWithdrawn(party="interested_party", digest=SIGNED))
    assert story.case.clock is Clock.SUSPENDED, "a hearing stands announced"
    story = story.when(CLERK, "call_off_hearing", **WHY)
    story.then(HearingCalledOff(reason="settled"), CaseResumed(ground="hearing"))
    assert story.case.clock is Clock.RUNNING
    story.when(CLERK, "call_off_hearing", **WHY).then()
    # Accepted on 2 March: 3-6 (4) | suspended until the 12th | 13 (5).
    limit = shown(story, instant("2026-03-13 09:00"), "statutory")
    assert limit is not None
    assert (limit.used, limit.light) == (5, Light.GREEN)


def test_where_none_was_announced_the_last_request_taken_back_resumes_the_time() -> None:
    story = at(told(OFFERED, REQUESTED, BY_BOTH, SUSPENDED, TAKEN_BACK), "2026-03-12 10:00")
    assert story.case.clock is Clock.SUSPENDED
    story = story.when(CLERK, "withdraw_hearing_request", **taking_back("interested_party"))
    story.then(HearingRequestWithdrawn(party="interested_party", digest=SIGNED), CaseResumed(ground="hearing"))
    assert story.case.clock is Clock.RUNNING


def test_what_is_suspended_for_something_else_stays_so() -> None:
    story = at(told(ANNOUNCED, "2026-03-06 15:00 suspended testing 15"), "2026-03-09 10:00")
    story = story.when(CLERK, "call_off_hearing", **WHY).then(HearingCalledOff(reason="settled"))
    assert story.case.clock is Clock.SUSPENDED


def test_a_case_that_is_opened_again_may_have_another_hearing() -> None:
    story = told(OFFERED, REQUESTED, ANNOUNCED, HELD).when(APPROVER, "decide", hearing=RECORD, **GRANTED)
    story = story.when(person(TOWNSHIP, "head", "head"), "reopen", ground="court", document="D-1")
    assert story.case.dossier.hearing is None
    story.when(CLERK, "offer_hearing", reason="court")
