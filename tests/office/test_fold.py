"""From events to the state of a case, those included that no act here writes yet."""

import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.case import (
    ActAdopted,
    CaseDecided,
    CaseDisputed,
    CaseEvent,
    CaseReceived,
    CaseReopened,
    CaseResumed,
    CaseSuspended,
    CaseUrged,
    CertificateIssued,
    CustodyAssumed,
    Material,
    SupplementReceived,
)
from contracts.events import type_name
from contracts.fields import Plain
from services.casework.case import Case, Clock, Held, Phase, custody, holder
from services.casework.describe import describe
from services.casework.fold import NoReceipt, evolve
from services.runtime.fold import Stamp
from tests.contracts.examples import events_of
from tests.office.story import (
    APPROVER,
    CITY,
    CITY_CLERK,
    CLERK,
    DISTRICT,
    MORNING,
    OTHER_DISTRICT,
    TOWNSHIP,
    received,
)
from tests.office.test_referral import offered, taken

UNITS = (TOWNSHIP, DISTRICT, OTHER_DISTRICT, CITY)
SUSPENDED = CaseSuspended(ground="hearing", expected_days=5, notice="n-1")


def test_a_suspension_stops_the_clock_and_leaves_phase_and_custody_alone() -> None:
    story = received().when(CLERK, "accept").fold(TOWNSHIP, SUSPENDED)
    assert (story.case.clock, story.case.phase, story.case.custody) == (
        Clock.SUSPENDED,
        Phase.ACCEPTED,
        Held(TOWNSHIP),
    )
    assert story.fold(TOWNSHIP, CaseResumed(ground="hearing")).case.clock is Clock.RUNNING


def test_a_clock_that_never_ran_does_not_run_after_a_resumption() -> None:
    story = received().fold(TOWNSHIP, SUSPENDED, CaseResumed(ground="hearing"))
    assert story.case.clock is Clock.NOT_STARTED


def test_a_suspended_case_keeps_its_clock_when_it_is_referred() -> None:
    story = received().when(CLERK, "accept").fold(TOWNSHIP, SUSPENDED)
    assert offered(story).case.clock is Clock.SUSPENDED


def test_the_city_that_assumes_custody_holds_the_case_in_the_epoch_of_the_record() -> None:
    case = offered().case
    assumed = CustodyAssumed(order="o-1", reason="no-answer")
    after = evolve(case, assumed, Stamp(case.number, CITY, "mayor", MORNING, b"h" * 32, epoch=4))
    assert (after.custody, custody(after)) == (Held(CITY), (CITY, 4, 0))
    assert CITY in after.known
    unsaid = evolve(case, assumed, Stamp(case.number, CITY, "mayor", MORNING, b"h" * 32))
    assert unsaid.epoch == 1


def test_a_city_that_assumes_its_own_case_waits_for_no_arrival() -> None:
    story = received(CITY_CLERK).fold(CITY, CustodyAssumed(order="o-1", reason="fork"))
    assert custody(story.case) == (CITY, 1, 0)
    assert story.case.arrived


def test_a_dispute_puts_the_case_before_the_common_superior() -> None:
    disputed = CaseDisputed(to=CITY, between=TOWNSHIP, carries="return", ground="handled")
    story = taken().fold(DISTRICT, disputed)
    assert (story.case.custody, custody(story.case)) == (Held(CITY), (CITY, 0, 2))


def test_a_reopened_case_is_open_for_a_new_decision() -> None:
    story = received().when(CLERK, "accept").when(APPROVER, "decide", outcome="granted")
    story = story.when(CLERK, "conclude", outcome="issued").when(CLERK, "deliver", how="window")
    story = story.fold(TOWNSHIP, CaseReopened(ground="court", document="d-1"))
    assert (story.case.phase, story.case.decision, story.case.ending) == (Phase.ACCEPTED, None, None)
    assert story.when(APPROVER, "decide", outcome="granted").case.phase is Phase.DECIDED
    closed = received().when(CLERK, "decline", reason="x").fold(TOWNSHIP, CaseReopened(ground="court", document="d"))
    assert closed.case.phase is Phase.RECEIVED


def test_a_decided_part_does_not_decide_a_joint_case() -> None:
    story = received().when(CLERK, "accept").fold(TOWNSHIP, CaseDecided(outcome="granted", part="fire-safety"))
    assert (story.case.phase, story.case.decision) == (Phase.ACCEPTED, None)


def test_a_request_that_an_event_names_counts_as_answered() -> None:
    story = received().fold(TOWNSHIP, CaseUrged(by="citizen", level="reminder", request="e" * 32))
    assert story.case.answer("e" * 32) is not None


def test_papers_that_nobody_asked_for_join_the_dossier() -> None:
    paper = Material(kind="photo", form="original")
    story = received().fold(TOWNSHIP, SupplementReceived(materials=(paper,)))
    assert (story.case.materials, story.case.phase) == ((paper,), Phase.RECEIVED)


def test_a_certificate_changes_neither_phase_nor_custody_nor_clock() -> None:
    story = received()
    certificate = CertificateIssued(certificate="c", number="n", valid_from=MORNING.date(), digest="a" * 64)
    after = story.fold(TOWNSHIP, certificate, ActAdopted(act="a" * 64, ground="g"))
    assert (after.case.phase, after.case.custody, after.case.clock) == (
        story.case.phase,
        story.case.custody,
        story.case.clock,
    )


def test_a_stream_that_does_not_begin_with_a_receipt_is_no_case() -> None:
    with pytest.raises(NoReceipt):
        evolve(None, SUSPENDED, Stamp("340402101-20261123-0001", TOWNSHIP, "x", MORNING, b""))


def test_what_is_said_openly_of_a_case_holds_no_sealed_text() -> None:
    story = received(applicant=Plain("张三 340402199001011234"))
    story = story.when(CLERK, "complete_step", step="review", outcome="ok", note=Plain("private"))
    said = repr(describe(story.case))
    assert "张三" not in said
    assert "private" not in said


# Whatever events come, in whatever order: nothing raises, one unit holds, custody is ordered

KINDS = [kind for kind in typing.get_args(CaseEvent) if kind is not CaseReceived]


SMALL_WORLD: dict[str, st.SearchStrategy[object]] = {
    "to": st.sampled_from(UNITS),
    "request": st.sampled_from([None, "f" * 32, "0" * 32]),
    "handover": st.integers(0, 24).map(lambda number: number.to_bytes(32).hex()),
}
"""Fields in which events meet one another; few values, so that they do."""


@st.composite
def any_event(draw: st.DrawFn) -> CaseEvent:
    event = draw(st.sampled_from([type_name(kind) for kind in KINDS]).flatmap(events_of))
    fields = type(event).model_fields
    met = {name: draw(values) for name, values in SMALL_WORLD.items() if name in fields}
    return typing.cast(CaseEvent, event.model_copy(update=met))


@settings(deadline=None)
@given(st.lists(st.tuples(any_event(), st.sampled_from(UNITS)), max_size=25))
def test_no_sequence_of_events_makes_the_fold_raise_or_custody_go_back(told: list[tuple[CaseEvent, str]]) -> None:
    case: Case = received().case
    for number, (event, unit) in enumerate(told):
        before = case
        case = evolve(case, event, Stamp(case.number, unit, "x", MORNING, number.to_bytes(32)))
        assert describe(case)["number"] == case.number
        assert holder(case) in case.known
        order, then = (before.epoch, before.term), (case.epoch, case.term)
        passed = holder(case) != holder(before) or isinstance(event, CustodyAssumed)
        assert then > order if passed else then == order
        assert case.last_time >= before.last_time
        assert case.acceptance is not None or case.clock is not Clock.RUNNING
