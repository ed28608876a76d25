"""The right to a hearing is told, a hearing asked for and held, and the decision rests on its record [46-48]."""

from datetime import date

import pytest

from contracts.case import (
    CaseDecided,
    HearingAnnounced,
    HearingHeld,
    HearingOffered,
    HearingRequested,
)
from services.casework.clocks import HEARING_DAYS
from services.casework.limits import Light
from services.casework.refusals import Conflict, Unlawful
from tests.casework.dated import History, instant, shown
from tests.casework.hearings import (
    ANNOUNCED,
    GRANTED,
    HELD,
    HOLD,
    OFFERED,
    RECORD,
    REQUESTED,
    at,
    told,
)
from tests.office.story import AGENT, APPROVER, CLERK, COLLEAGUE


def test_those_concerned_have_five_working_days_to_ask() -> None:
    # Wednesday 4 March; Thursday 5 is the first day, the weekend does not count, Wednesday 11 the fifth.
    story = at(told(), "2026-03-04 10:00").when(CLERK, "offer_hearing", reason="heavy_interest")
    story.then(HearingOffered(reason="heavy_interest", answer_by=date(2026, 3, 11)))
    story.when(CLERK, "offer_hearing", reason="heavy_interest").then()
    assert isinstance(story.refused("already_done", COLLEAGUE, "offer_hearing", reason="heavy_interest"), Conflict)


def test_a_hearing_is_asked_for_until_the_last_instant_of_the_fifth_day() -> None:
    story = told(OFFERED)
    late = at(story, "2026-03-12 00:00").refused("hearing_too_late", AGENT, "request_hearing", party="applicant")
    assert isinstance(late, Unlawful)
    story = at(story, "2026-03-11 23:59:59").when(AGENT, "request_hearing", party="interested_party")
    story.then(HearingRequested(party="interested_party"))
    story.when(AGENT, "request_hearing", party="interested_party").then()
    story.refused("already_done", CLERK, "request_hearing", party="interested_party")


def test_who_was_told_of_no_right_asks_for_nothing() -> None:
    told().refused("no_hearing_offered", CLERK, "request_hearing", party="applicant")


def test_the_decision_waits_until_nobody_can_ask_any_more() -> None:
    story = told(OFFERED)
    refusal = at(story, "2026-03-11 23:59:59").refused("hearing_awaited", APPROVER, "decide", **GRANTED)
    assert isinstance(refusal, Conflict)
    assert "2026-03-11" in refusal.en
    at(story, "2026-03-12 00:00").when(APPROVER, "decide", **GRANTED)


def test_the_decision_waits_for_the_hearing_that_was_asked_for() -> None:
    at(told(OFFERED, REQUESTED), "2026-05-12 09:00").refused("hearing_awaited", APPROVER, "decide", **GRANTED)


def test_after_the_hearing_the_decision_rests_on_its_record_and_on_no_other() -> None:
    story = told(OFFERED, REQUESTED, ANNOUNCED, HELD)
    for record in (None, "c" * 64):
        assert isinstance(story.refused("not_on_the_record", APPROVER, "decide", hearing=record, **GRANTED), Unlawful)
    story.when(APPROVER, "decide", hearing=RECORD, **GRANTED).then(
        CaseDecided(outcome="granted", approver="approver", hearing=RECORD)
    )
    told().refused("not_on_the_record", APPROVER, "decide", hearing=RECORD, **GRANTED)


def test_the_office_holds_a_hearing_by_itself_too() -> None:
    story = at(told(ANNOUNCED), "2026-03-18 15:00").when(CLERK, "hold_hearing", **HOLD)
    story.then(HearingHeld(held_on=date(2026, 3, 18), record=RECORD))
    story.when(CLERK, "hold_hearing", **HOLD).then()
    story.refused("already_done", COLLEAGUE, "hold_hearing", **HOLD)
    story.refused("already_done", CLERK, "offer_hearing", reason="late")
    story.refused("already_done", CLERK, "announce_hearing", hold_on=date(2026, 4, 30), place="room-1")


@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2026, 3, 19), date(2199, 1, 1)])
def test_no_hearing_lies_before_the_receipt_or_in_the_future(day: date) -> None:
    story = at(told(OFFERED, REQUESTED, ANNOUNCED), "2026-03-18 15:00")
    assert isinstance(story.refused("hearing_day", CLERK, "hold_hearing", held_on=day, record=RECORD), Unlawful)


def test_a_hearing_that_was_asked_for_is_held_within_twenty_working_days_suspended_or_not() -> None:
    # From Friday 6 March: 9 March is day 1, Friday 3 April day 20; Qingming on 4 to 6 April comes after it.
    lines = (OFFERED, REQUESTED, "2026-03-06 11:00 suspended hearing 15")
    limit = shown(told(*lines), instant("2026-03-09 09:00"), "hearing")
    assert limit is not None
    assert (limit.days, limit.used, str(limit.last_day), limit.basis) == (HEARING_DAYS, 1, "2026-04-03", "law_47")
    late = shown(told(*lines), instant("2026-04-04 00:00"), "hearing")
    assert late is not None
    assert late.light is Light.RED
    held = shown(told(*lines, ANNOUNCED, HELD), instant("2026-05-12 09:00"), "hearing")
    assert held is not None
    assert (held.light, held.stopped) == (Light.GREEN, instant("2026-03-18 15:00"))


def test_seven_working_days_lie_between_the_notice_of_the_hearing_and_the_hearing() -> None:
    # Told on Friday 6 March: 9-13 (5), 16 17 (7); it is held on Wednesday 18 at the earliest, as a day of rest too.
    story = at(told(OFFERED, REQUESTED), "2026-03-06 14:00")
    refusal = story.refused("hearing_too_soon", CLERK, "announce_hearing", hold_on=date(2026, 3, 17), place="room-1")
    assert isinstance(refusal, Unlawful)
    assert "2026-03-18" in refusal.en
    where = {"hold_on": date(2026, 3, 18), "place": "room-1"}
    story = story.when(CLERK, "announce_hearing", **where)
    story.then(HearingAnnounced(hold_on=date(2026, 3, 18), place="room-1"))
    story.when(CLERK, "announce_hearing", **where).then()
    assert isinstance(story.refused("already_done", COLLEAGUE, "announce_hearing", **where), Conflict)


def test_a_hearing_over_a_festival_is_told_the_longer_before() -> None:
    # Told on Wednesday 11 February: 12 13 (2), Sat 14 works (3), 15-23 Spring Festival, 24 25 26 27 (7).
    history = History(("2026-02-10 09:00 received licence township", "2026-02-10 10:00 accepted"))
    story = at(history.tell(), "2026-02-11 09:00")
    story.refused("hearing_too_soon", CLERK, "announce_hearing", hold_on=date(2026, 2, 27), place="room-1")
    story.when(CLERK, "announce_hearing", hold_on=date(2026, 2, 28), place="room-1")


def test_no_hearing_is_held_that_was_not_announced_or_on_another_day() -> None:
    story = at(told(OFFERED, REQUESTED), "2026-03-18 15:00")
    assert isinstance(story.refused("hearing_not_announced", CLERK, "hold_hearing", **HOLD), Conflict)
    story = at(told(OFFERED, REQUESTED, ANNOUNCED), "2026-03-18 15:00")
    for day in (date(2026, 3, 16), date(2026, 3, 17)):
        refusal = story.refused("hearing_on_another_day", CLERK, "hold_hearing", held_on=day, record=RECORD)
        assert "2026-03-18" in refusal.en


def test_a_hearing_is_put_off_by_telling_another_day_as_long_before() -> None:
    story = at(told(OFFERED, REQUESTED, ANNOUNCED), "2026-03-16 09:00")
    # 17-20 (4), 23 24 25 (7).
    story.refused("hearing_too_soon", CLERK, "announce_hearing", hold_on=date(2026, 3, 25), place="room-1")
    story = story.when(COLLEAGUE, "announce_hearing", hold_on=date(2026, 3, 26), place="room-1")
    at(story, "2026-03-26 15:00").refused("hearing_on_another_day", CLERK, "hold_hearing", **HOLD)
    at(story, "2026-03-26 15:00").when(CLERK, "hold_hearing", held_on=date(2026, 3, 26), record=RECORD)


def test_what_was_announced_is_held_before_anything_is_decided() -> None:
    at(told(ANNOUNCED), "2026-05-12 09:00").refused("hearing_awaited", APPROVER, "decide", **GRANTED)
