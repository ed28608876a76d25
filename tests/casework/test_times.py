"""When what happened: the facts that limits are computed from."""

from dataclasses import replace

from contracts.case import (
    CaseAccepted,
    CaseDecided,
    CaseReopened,
    CustodyAssumed,
    HandoverArrived,
    Material,
    SupplementReceived,
)
from services.casework.limits import Light, limits
from services.casework.outlook import light_at, outlook
from services.runtime.fold import Stamp
from tests.casework.dated import BOOK, History, as_of, instant, shown
from tests.office.story import CITY, DISTRICT, TOWNSHIP, Story, stamped

RECEIVED = "2026-03-02 09:00 received licence township"
ACCEPTED = "2026-03-02 10:00 accepted"


def told(*lines: str) -> Story:
    return History(lines).tell()


def test_in_transit_nobody_has_it_in_hand_until_the_arrival_of_that_very_pass() -> None:
    story = told(RECEIVED, "2026-03-04 10:00 referred forward_up district")
    assert story.case.times.custodian is None
    other = story.fold(DISTRICT, HandoverArrived(handover="0" * 64))
    assert other.case.times.custodian is None
    assert story.arrives().case.times.custodian == DISTRICT


def test_a_case_that_its_holder_takes_over_lies_where_it_lay() -> None:
    story = told("2026-03-02 09:00 received licence city").fold(CITY, CustodyAssumed(order="o-1", reason="delay"))
    assert [stay.unit for stay in story.case.times.stays] == [CITY]
    assert story.case.times.custodian == CITY


def test_an_offer_that_its_receiver_takes_over_need_not_be_acknowledged() -> None:
    offered = told(RECEIVED, "2026-03-04 10:00 referred forward_up city", "2026-03-04 10:05 arrived")
    assert shown(offered, offered.now, "acknowledge") is not None
    assumed = offered.fold(CITY, CustodyAssumed(order="o-1", reason="delay"))
    assert shown(assumed, assumed.now, "acknowledge") is None


def test_papers_of_another_office_s_record_were_handed_in_between_the_notice_and_that_record() -> None:
    story = replace(told(RECEIVED, "2026-03-04 09:00 asked"), now=instant("2026-03-10 09:00"))
    papers = tuple(Material(kind=kind, form="copy") for kind in ("application", "identity"))
    for said, day in (
        ("2026-03-03 09:00", "2026-03-04"),
        ("2026-03-06 09:00", "2026-03-06"),
        ("2026-03-12 09:00", "2026-03-10"),
    ):
        event = SupplementReceived(materials=papers, request="a" * 32, handed_in=instant(said))
        limit = shown(story.fold(TOWNSHIP, event), instant("2026-03-10 12:00"), "after_supplement")
        assert limit is not None
        assert (limit.start_day.isoformat(), limit.started) == (day, story.now)


def test_a_part_of_a_joint_decision_does_not_stop_the_clock() -> None:
    story = told(RECEIVED, ACCEPTED).fold(TOWNSHIP, CaseDecided(outcome="granted", part="fire"))
    limit = shown(story, instant("2026-03-05 12:00"), "statutory")
    assert limit is not None
    assert limit.stopped is None
    assert shown(story, instant("2026-03-05 12:00"), "delivery") is None


def test_the_promise_runs_from_the_first_acceptance_over_all_tiers() -> None:
    story = told(RECEIVED, ACCEPTED)
    again = replace(story, now=instant("2026-03-05 10:00")).fold(
        TOWNSHIP, CaseAccepted(accepted_on=instant("2026-03-05 10:00").date(), limits=())
    )
    days = {
        limit.clock: limit.start_day.isoformat()
        for limit in limits(again.case.times, BOOK, instant("2026-03-06 12:00"))
        if limit.clock in ("statutory", "committed")
    }
    assert days == {"statutory": "2026-03-05", "committed": "2026-03-02"}


def test_a_reopened_case_has_its_limits_anew_and_may_be_extended_again() -> None:
    story = told(
        RECEIVED,
        ACCEPTED,
        "2026-03-04 10:00 extended 10",
        "2026-03-05 10:00 granted",
        "2026-03-05 11:00 concluded",
    )
    reopened = replace(story, now=instant("2026-06-01 10:00")).fold(
        TOWNSHIP, CaseReopened(ground="court", document="d-1")
    )
    found = shown(reopened, instant("2026-06-02 12:00"), "statutory")
    assert found is not None
    # June 2-5 (4), 8-12 (9), 15-18 (13) | Fri 19 off | 22-26 (18), 29 30 (20).
    assert (str(found.last_day), found.used, found.extended, found.stopped) == ("2026-06-30", 1, 0, None)
    assert shown(reopened, instant("2026-06-02 12:00"), "delivery") is None


def test_what_was_amber_before_it_was_suspended_is_paused_on_a_list_as_in_the_ledger() -> None:
    # 3-6 March (4), 9-13 (9), 16-20 (14), 23-27 (19), 30 31 1 2 (23 of 30: amber), 3 April (24). Told were 7 8 9 April.
    lines = ("2026-03-02 09:00 received joint township", ACCEPTED)
    amber, paused = told(*lines), told(*lines, "2026-04-03 10:00 suspended testing 3")
    for story, when, light in (
        (amber, "2026-04-03 12:00", Light.AMBER),
        (paused, "2026-04-03 12:00", Light.PAUSED),
        (paused, "2026-04-09 23:59", Light.PAUSED),
        (paused, "2026-04-10 00:00", Light.AMBER),
    ):
        at, seen = instant(when), outlook(story.case, story.book)
        assert light_at(seen.due, seen.amber, seen.paused, at) is light
        limit = shown(story, at, "committed")
        assert limit is not None
        assert limit.light is light


def test_as_of_an_instant_all_that_happened_at_it_is_known() -> None:
    story = told(RECEIVED)
    event = CaseAccepted(accepted_on=story.now.date())
    receipt, at = story.case.last, instant("2026-03-04 10:00")
    history = [
        (receipt, stamped(story.case.number, TOWNSHIP, "p", instant("2026-03-02 09:00"), receipt)),
        (event, Stamp(story.case.number, TOWNSHIP, "p", at, b"1" * 32)),
    ]
    then, before = as_of(history, at), as_of(history, instant("2026-03-04 09:59:59"))
    assert then is not None
    assert before is not None
    assert (then.times.taken is None, before.times.taken is None) == (False, True)
