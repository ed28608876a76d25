"""The city takes a case over (提级办理): protocol C2 to C4, and what becomes of the acts that it beat."""

from datetime import date
from typing import Any

import pytest

from contracts.case import (
    ActAdopted,
    ActRevoked,
    CaseConcluded,
    CaseDecided,
    CaseEvent,
    CustodyAssumed,
    FeePaid,
    NoticeIssued,
    ResultDelivered,
    StepCompleted,
)
from contracts.fields import Plain
from services.casework.actions import actions
from services.casework.actor import Actor
from services.casework.assumption import Superseded, tasks
from services.casework.case import Held, Phase, custody
from services.casework.fold import evolve
from services.casework.referral import arrive
from services.casework.refusals import Conflict, Forbidden, NotFound, Unlawful
from services.casework.table import OF_SUPERIORS, OF_THE_CITY, OF_THE_ORDERED, TABLE
from services.runtime.fold import Stamp
from tests.office.story import (
    APPROVER,
    BOOK,
    CITY,
    CLERK,
    DISTRICT,
    DISTRICT_CLERK,
    OTHER_DISTRICT,
    TOWNSHIP,
    Story,
    person,
    received,
)
from tests.office.test_referral import offered, taken

MAYOR = person(CITY, "mayor", "government_head")
SUPERVISOR = person(CITY, "supervisor", "supervisor")
CITY_APPROVER = person(CITY, "approver-c", "approver")
ORDER = {"order": "order-2026-3", "reason": "no-answer"}
DECIDED = CaseDecided(outcome="granted", approver="approver-t")
NOTICE = NoticeIssued(notice="decision_granted", number="N-9", seal="S", issued_on=date(2026, 11, 23), digest="e" * 64)
PAID = FeePaid(amount=1000, method="card", terminal="T-1", voucher="V-1")
DELIVERED = ResultDelivered(how="window", to_whom=Plain("a citizen"))


def lost(event: CaseEvent, letter: str = "a", unit: str = TOWNSHIP) -> Superseded:
    return Superseded(letter * 64, event, unit)


def assumed(story: Story | None = None) -> Story:
    return (story or taken()).when(MAYOR, "assume_custody", **ORDER)


def accepted_by_city() -> Story:
    return assumed().when(person(CITY), "accept")


@pytest.mark.parametrize("by", [MAYOR, SUPERVISOR, person(CITY, "h", "head")])
def test_the_city_takes_a_case_over_that_it_never_had(by: Actor) -> None:
    story = taken().when(by, "assume_custody", **ORDER)
    story.then(CustodyAssumed(order="order-2026-3", reason="no-answer"))
    assert story.case.custody == Held(CITY)
    assert custody(story.case) == (CITY, 1, 0)


@pytest.mark.parametrize("history", [received, offered, taken])
def test_a_case_is_taken_over_wherever_it_lies(history: Any) -> None:
    assert custody(assumed(history()).case) == (CITY, 1, 0)


def test_a_decided_case_and_one_that_has_ended_are_taken_over_too() -> None:
    ended = received().when(CLERK, "accept").when(APPROVER, "decide", outcome="granted")
    assert assumed(ended).case.phase is Phase.DECIDED
    ended = ended.when(CLERK, "conclude", outcome="issued")
    assert assumed(ended).case.phase is Phase.CONCLUDED


def test_the_city_assumes_its_own_case_to_heal_a_fork() -> None:
    story = assumed(received(person(CITY)))
    assert custody(story.case) == (CITY, 1, 0)
    assert custody(story.when(MAYOR, "assume_custody", order="order-2", reason="fork").case) == (CITY, 2, 0)


def test_the_epoch_is_the_record_s_which_is_above_all_that_was_ever_seen() -> None:
    story = taken()
    event = CustodyAssumed(order="o", reason="r")
    case = evolve(story.case, event, Stamp(story.case.number, CITY, "mayor", story.now, b"h" * 32, epoch=7))
    assert custody(case) == (CITY, 7, 0)


def test_nobody_but_the_city_takes_a_case_over() -> None:
    district = person(DISTRICT, "h", "head", "supervisor", "government_head")
    assert isinstance(taken().refused("city_alone", district, "assume_custody", **ORDER), Forbidden)
    # A superior that never had it may see that there is one; a unit beside does not learn of it.
    assert isinstance(received().refused("city_alone", district, "assume_custody", **ORDER), Forbidden)
    beside = person(OTHER_DISTRICT, "h", "head")
    assert isinstance(received().refused("case_unknown", beside, "assume_custody", **ORDER), NotFound)


@pytest.mark.parametrize("role", ["agent", "clerk", "approver", "chief_representative", "integrator"])
def test_it_takes_a_head_or_a_supervisor(role: Any) -> None:
    taken().refused("role_missing", person(CITY, "x", role), "assume_custody", **ORDER)


def test_the_same_order_written_again_by_the_same_person_is_nothing() -> None:
    story = assumed()
    story.when(MAYOR, "assume_custody", **ORDER).then()
    assert story.when(MAYOR, "assume_custody", order="order-4", reason="again").case.epoch == 2


def test_nothing_is_in_transit_to_whoever_assumes() -> None:
    story = assumed(received().when(CLERK, "refer", to=DISTRICT, kind="forward_up", reason="route"))
    assert story.case.arrived
    assert story.case.last_pass is not None
    assert arrive(story.case, unit=CITY, pass_hash=story.case.last_pass.hash) == []
    assert story.case.times.custodian == CITY


def test_whoever_held_it_writes_nothing_any_more() -> None:
    story = assumed()
    story.refused("not_holder", DISTRICT_CLERK, "accept")
    story.refused("not_holder", CLERK, "claim")


def test_the_city_sends_it_down_again_in_the_new_epoch() -> None:
    story = assumed().when(person(CITY), "refer", to=DISTRICT, kind="assign_down", reason="ruling")
    assert custody(story.case) == (DISTRICT, 1, 1)


def test_it_is_no_plain_route_because_one_service_s_log_is_not_enough() -> None:
    apart = (*OF_THE_CITY, *OF_SUPERIORS, *OF_THE_ORDERED)
    assert not {found.name for found in apart} & {found.name for found in TABLE}
    assert "assume-custody" not in {action.name for action in actions(taken().case, MAYOR, BOOK)}


# What was superseded


def test_what_the_outside_may_have_seen_becomes_a_task_and_the_rest_does_not() -> None:
    case = assumed().case
    seen = tuple(
        lost(event, letter) for event, letter in ((NOTICE, "1"), (DECIDED, "2"), (PAID, "3"), (DELIVERED, "4"))
    )
    inside = lost(StepCompleted(step="review", outcome="done"), "5")
    assert tasks(case, (inside, *seen)) == list(seen)


def test_the_city_makes_a_superseded_decision_its_own() -> None:
    beaten = lost(CaseDecided(outcome="granted", delegation="delegation/g-1"))
    story = accepted_by_city().when(CITY_APPROVER, "adopt", act=beaten.act, ground="right", superseded=(beaten,))
    story.then(
        CaseDecided(outcome="granted", approver="approver-c"),
        ActAdopted(act=beaten.act, ground="right"),
    )
    assert story.case.phase is Phase.DECIDED
    assert tasks(story.case, (beaten,)) == []


def test_a_decision_is_adopted_only_where_the_case_has_room_for_it() -> None:
    beaten = lost(DECIDED)
    how = {"act": beaten.act, "ground": "right", "superseded": (beaten,)}
    assumed().refused("wrong_phase", CITY_APPROVER, "adopt", **how)
    decided = accepted_by_city().when(CITY_APPROVER, "decide", outcome="granted")
    decided.refused("wrong_phase", CITY_APPROVER, "adopt", **how)
    gone = lost(DELIVERED, "b")
    accepted_by_city().refused(
        "wrong_phase", CITY_APPROVER, "adopt", act=gone.act, ground="right", superseded=(beaten, gone)
    )


@pytest.mark.parametrize("event", [NOTICE, PAID])
def test_notices_and_payments_are_adopted_as_they_were(event: CaseEvent) -> None:
    beaten = lost(event)
    story = assumed().when(CITY_APPROVER, "adopt", act=beaten.act, ground="right", notice="N-10", superseded=(beaten,))
    story.then(event, ActAdopted(act=beaten.act, ground="right", notice="N-10"))


def test_the_city_takes_a_superseded_act_back_with_ground_and_notice() -> None:
    beaten = lost(DECIDED)
    story = assumed().when(
        CITY_APPROVER, "revoke", act=beaten.act, ground="no-authority", notice="N-11", superseded=(beaten,)
    )
    story.then(ActRevoked(act=beaten.act, ground="no-authority", notice="N-11"))
    assert story.case.phase is Phase.RECEIVED
    assert tasks(story.case, (beaten,)) == []


def test_each_superseded_act_is_dealt_with_once() -> None:
    beaten = lost(NOTICE)
    adopting = {"act": beaten.act, "ground": "right", "superseded": (beaten,)}
    revoking = {**adopting, "notice": "N-12"}
    story = assumed().when(CITY_APPROVER, "adopt", **adopting)
    story.when(CITY_APPROVER, "adopt", **adopting).then()
    other = person(CITY, "other", "approver")
    assert isinstance(story.refused("already_done", other, "adopt", **adopting), Conflict)
    story.refused("already_done", CITY_APPROVER, "revoke", **revoking)


def test_only_what_was_superseded_is_adopted_or_revoked() -> None:
    beaten = lost(NOTICE)
    for act in ("adopt", "revoke"):
        notice = {"notice": "N-1"} if act == "revoke" else {}
        refusal = assumed().refused(
            "act_not_superseded", CITY_APPROVER, act, act="f" * 64, ground="x", superseded=(beaten,), **notice
        )
        assert isinstance(refusal, Unlawful)
        taken().refused("case_unknown", CITY_APPROVER, act, act=beaten.act, ground="x", superseded=(beaten,), **notice)


def test_where_custody_was_never_assumed_there_is_nothing_to_deal_with() -> None:
    story = received(person(CITY))
    story.refused("never_assumed", CITY_APPROVER, "adopt", act="a" * 64, ground="x")
    story.refused("never_assumed", CITY_APPROVER, "revoke", act="a" * 64, ground="x", notice="N-1")


def test_adopting_is_the_city_s_alone_wherever_the_case_went() -> None:
    beaten = lost(NOTICE)
    how = {"act": beaten.act, "ground": "right", "superseded": (beaten,)}
    story = assumed().when(person(CITY), "refer", to=DISTRICT, kind="assign_down", reason="ruling")
    approver = person(DISTRICT, "a", "approver")
    story.refused("city_alone", approver, "adopt", **how)
    story.refused("not_holder", CITY_APPROVER, "adopt", **how)
    assumed().refused("role_missing", person(CITY), "adopt", **how)


def test_no_case_concludes_over_superseded_acts_that_nobody_dealt_with() -> None:
    first, second = lost(NOTICE, "1"), lost(PAID, "2")
    both = (first, second)
    story = accepted_by_city().when(CITY_APPROVER, "decide", outcome="granted")
    clerk = person(CITY)
    refusal = story.refused("superseded_acts_open", clerk, "conclude", outcome="issued", superseded=both)
    assert "FeePaid, NoticeIssued" in refusal.en
    story = story.when(CITY_APPROVER, "adopt", act=first.act, ground="right", superseded=both)
    story.refused("superseded_acts_open", clerk, "conclude", outcome="issued", superseded=both)
    story = story.when(CITY_APPROVER, "revoke", act=second.act, ground="wrong", notice="N-1", superseded=both)
    story.when(clerk, "conclude", outcome="issued", superseded=both).then(CaseConcluded(outcome="issued"))
