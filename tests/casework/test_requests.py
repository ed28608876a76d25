"""Who does not hold a case asks for what it wants, and every request ends in an event: rule 8, protocol R1 to R3."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.case import (
    CaseEvent,
    CaseResumed,
    CaseSuspended,
    CaseUrged,
    CaseWithdrawn,
    ConsultationAnswered,
    ConsultationOpened,
    HearingAnnounced,
    HearingHeld,
    HearingOffered,
    HearingRequested,
    HearingRequestWithdrawn,
    Material,
    MissingMaterial,
    RequestDeclined,
    SupplementReceived,
)
from contracts.fields import Plain
from contracts.requests import (
    ConsultationAnswerSubmitted,
    HearingAsked,
    HearingWithdrawalAsked,
    Request,
    SupervisionAnswerSubmitted,
    SupplementSubmitted,
    UrgingRequested,
    WithdrawalRequested,
)
from services.casework.answering import answer_request
from services.casework.applicant import (
    PARCELS,
    Asked,
    hearing_asked_by_applicant,
    hearing_taken_back_by_applicant,
    supplied_by_applicant,
    urged_by_applicant,
    withdrawn_by_applicant,
)
from services.casework.case import Case
from services.casework.clocks import clocks
from services.casework.moment import day_begins, local_day
from services.casework.refusals import Conflict, Forbidden, NotFound, Refusal
from tests.office.story import (
    AGENT,
    BOOK,
    CITY,
    CLERK,
    COLLEAGUE,
    DISTRICT,
    DISTRICT_CLERK,
    OTHER_DISTRICT,
    TOWNSHIP,
    VILLAGE,
    Story,
    person,
    received,
)
from tests.office.test_referral import offered, taken

REQUEST, SECOND = "a" * 32, "b" * 32
PORTAL = "portal"
PAPERS = (Material(kind="identity", form="copy"),)
ASKED = (MissingMaterial(kind="application", reason="missing"), MissingMaterial(kind="identity", reason="missing"))
SUPERVISOR = person(DISTRICT, "supervisor", "supervisor")
CITY_SUPERVISOR = person(CITY, "supervisor-c", "supervisor")
MINUTE = timedelta(minutes=1)


def answers(
    story: Story,
    asked: Request,
    *,
    unit: str,
    asker: str,
    request: str = REQUEST,
    at: datetime | None = None,
    asked_at: datetime | None = None,
) -> list[CaseEvent]:
    """What the service of `unit` writes by itself on the request."""
    now = at or story.now
    asking = {"unit": unit, "request": request, "asker": asker, "asked": asked, "asked_at": asked_at or now}
    return answer_request(story.case, **asking, at=now, book=BOOK)


def declined(asked: str, ground: str) -> list[RequestDeclined]:
    return [RequestDeclined.model_validate({"request": REQUEST, "asked": asked, "ground": ground})]


def under(story: Story) -> dict[str, Any]:
    """The custody that a request names."""
    return {"case": story.case.number, "epoch": story.case.epoch, "term": story.case.term}


def asked_for_papers() -> Story:
    """The district holds the case and has asked for two papers."""
    return taken().when(DISTRICT_CLERK, "request_supplement", items=ASKED)


def concluded(story: Story) -> Story:
    return story.when(DISTRICT_CLERK, "conclude", outcome="void")


# Withdrawal


def test_an_office_that_passed_the_case_on_hands_on_the_applicant_s_wish_to_withdraw() -> None:
    story = taken()
    story.when(AGENT, "request_withdrawal").then(WithdrawalRequested(**under(story)))


def test_the_holder_withdraws_itself_and_asks_nobody() -> None:
    assert isinstance(taken().refused("held_here", DISTRICT_CLERK, "request_withdrawal"), Conflict)
    received().refused("held_here", CLERK, "request_withdrawal")


def test_a_unit_that_never_had_the_case_does_not_learn_of_it_by_asking() -> None:
    other = person(OTHER_DISTRICT)
    for act, body in (("request_withdrawal", {}), ("submit_supplement", {"materials": PAPERS})):
        assert isinstance(taken().refused("case_unknown", other, act, **body), NotFound)


def test_a_withdrawal_waits_for_a_person_who_names_the_request() -> None:
    story = taken()
    asked = WithdrawalRequested(**under(story))
    assert answers(story, asked, unit=DISTRICT, asker=TOWNSHIP) == []
    story = story.when(DISTRICT_CLERK, "withdraw", request=REQUEST).then(CaseWithdrawn(request=REQUEST))
    assert story.case.answer(REQUEST)
    assert answers(story, asked, unit=DISTRICT, asker=TOWNSHIP) == []


def test_a_withdrawal_that_comes_after_the_end_is_declined_by_nobody_in_person() -> None:
    story = taken()
    asked = WithdrawalRequested(**under(story))
    assert answers(concluded(story), asked, unit=DISTRICT, asker=TOWNSHIP) == declined("withdraw", "too_late")
    concluded(story).refused("wrong_phase", CLERK, "request_withdrawal")


def test_the_applicant_withdraws_at_the_portal() -> None:
    story = taken()
    assert withdrawn_by_applicant(story.case, at=story.now) == [WithdrawalRequested(**under(story))]
    refused_to_applicant("wrong_phase", withdrawn_by_applicant, concluded(story).case, at=story.now)


def refused_to_applicant(code: str, asks: Any, case: Case, **how: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        asks(case, **how)
    assert refusal.value.code == code


def test_who_asked_to_withdraw_waits_for_the_answer_before_asking_again() -> None:
    story = taken()
    before = [Asked(REQUEST, "withdraw", story.now)]
    refused_to_applicant("asked_already", withdrawn_by_applicant, story.case, at=story.now, before=before)
    told = story.fold(DISTRICT, RequestDeclined(request=REQUEST, asked="withdraw", ground="not_meant"))
    assert withdrawn_by_applicant(told.case, at=told.now, before=before)


# Papers


def test_papers_brought_to_another_office_reach_the_holder_as_a_request() -> None:
    story = asked_for_papers()
    submitted = SupplementSubmitted(materials=PAPERS, **under(story))
    story.when(AGENT, "submit_supplement", materials=PAPERS).then(submitted)
    assert supplied_by_applicant(story.case, at=story.now, materials=PAPERS) == [submitted]
    assert answers(story, submitted, unit=DISTRICT, asker=TOWNSHIP) == []
    story = story.when(DISTRICT_CLERK, "receive_supplement", materials=PAPERS, request=REQUEST)
    story.then(SupplementReceived(materials=PAPERS, missing=("application",), request=REQUEST))
    assert answers(story, submitted, unit=DISTRICT, asker=TOWNSHIP) == []


def test_the_event_that_takes_papers_in_says_when_they_were_handed_in_and_no_impossible_time() -> None:
    story = asked_for_papers()
    asked = story.case.times.rounds[-1].asked
    later = replace(story, now=asked + timedelta(days=3))
    given = {"materials": PAPERS, "request": REQUEST}
    for said, written in (
        (asked + timedelta(days=1), asked + timedelta(days=1)),
        (asked - timedelta(seconds=1), asked),
        (later.now + timedelta(hours=2), later.now),
    ):
        (event,) = later.when(DISTRICT_CLERK, "receive_supplement", **given, handed_in=said).written
        assert event == SupplementReceived(missing=("application",), handed_in=written, **given)


def test_papers_are_not_declined_because_the_last_day_to_bring_them_is_over() -> None:
    story = asked_for_papers()
    submitted = SupplementSubmitted(materials=PAPERS, **under(story))
    later = replace(story, now=story.now + timedelta(days=90))
    assert answers(later, submitted, unit=DISTRICT, asker=TOWNSHIP) == []


def test_papers_are_registered_once_for_a_request() -> None:
    story = asked_for_papers().when(DISTRICT_CLERK, "receive_supplement", materials=PAPERS, request=REQUEST)
    more = (Material(kind="application", form="original"),)
    story.refused("request_answered", DISTRICT_CLERK, "receive_supplement", materials=more, request=REQUEST)


def test_papers_that_nobody_asked_for_are_not_sent_and_a_late_parcel_is_declined() -> None:
    taken().refused("nothing_asked", CLERK, "submit_supplement", materials=PAPERS)
    refused_to_applicant("nothing_asked", supplied_by_applicant, taken().case, at=taken().now, materials=PAPERS)
    submitted = SupplementSubmitted(materials=PAPERS, **under(taken()))
    assert answers(taken(), submitted, unit=DISTRICT, asker=TOWNSHIP) == declined("supplement", "nothing_asked")
    accepted = taken().when(DISTRICT_CLERK, "accept")
    assert answers(accepted, submitted, unit=DISTRICT, asker=TOWNSHIP) == declined("supplement", "too_late")
    accepted.refused("wrong_phase", CLERK, "submit_supplement", materials=PAPERS)


def test_so_many_parcels_of_an_applicant_wait_for_a_clerk_and_no_more() -> None:
    story = asked_for_papers()
    before = [Asked(f"{n:032x}", "supplement", story.now) for n in range(PARCELS)]
    how = {"at": story.now, "materials": PAPERS}
    refused_to_applicant("asked_already", supplied_by_applicant, story.case, **how, before=before)
    assert supplied_by_applicant(story.case, **how, before=before[1:])
    taken_in = story.fold(DISTRICT, SupplementReceived(materials=PAPERS, missing=("application",), request=f"{0:032x}"))
    assert supplied_by_applicant(taken_in.case, **how, before=before)


# Urging


def test_a_supervisor_of_the_holder_or_above_it_urges() -> None:
    story = taken()
    for by in (SUPERVISOR, CITY_SUPERVISOR):
        story.when(by, "request_urging", level="yellow").then(
            UrgingRequested(by="supervisor", level="yellow", **under(story))
        )


def test_a_superior_urges_a_case_that_it_never_had() -> None:
    received().when(CITY_SUPERVISOR, "request_urging", level="reminder")
    received(person(VILLAGE)).when(SUPERVISOR, "request_urging", level="red")


def test_nobody_urges_a_unit_that_is_not_below_its_own() -> None:
    below = person(TOWNSHIP, "s", "supervisor")
    assert isinstance(taken().refused("not_superior", below, "request_urging", level="red"), Forbidden)
    beside = person(OTHER_DISTRICT, "s", "supervisor")
    assert isinstance(taken().refused("case_unknown", beside, "request_urging", level="red"), NotFound)
    taken().refused("role_missing", DISTRICT_CLERK, "request_urging", level="red")


def urged(story: Story, level: Any = "reminder", by: Any = "supervisor", asker: str = CITY, **how: Any) -> Any:
    asked = UrgingRequested(by=by, level=level, **under(story))
    return answers(story, asked, unit=how.pop("unit", DISTRICT), asker=asker, **how)


def test_the_holder_s_service_writes_that_it_was_urged_and_by_whom() -> None:
    assert urged(taken(), "yellow") == [CaseUrged(by=CITY, level="yellow", request=REQUEST)]
    assert urged(taken(), by="citizen", asker=PORTAL) == [CaseUrged(by="citizen", level="reminder", request=REQUEST)]
    assert urged(taken(), by="clock", asker=DISTRICT) == [CaseUrged(by="clock", level="reminder", request=REQUEST)]


def test_a_request_is_answered_once_and_by_the_holder_alone() -> None:
    story = taken()
    assert urged(story, unit=TOWNSHIP) == []
    story = story.fold(DISTRICT, *urged(story))
    assert urged(story) == []


def test_while_a_case_is_only_offered_urging_waits_for_the_acknowledgement() -> None:
    assert urged(offered()) == []
    assert urged(offered().when(DISTRICT_CLERK, "acknowledge")) != []


def test_an_urging_by_a_unit_that_is_no_superior_is_declined() -> None:
    assert urged(taken(), asker=TOWNSHIP) == declined("urge", "not_the_superior")


def test_where_nothing_is_due_nobody_is_urged() -> None:
    ended = taken().when(DISTRICT_CLERK, "withdraw")
    assert urged(ended) == declined("urge", "nothing_due")
    ended.refused("wrong_phase", CITY_SUPERVISOR, "request_urging", level="red")
    refused_to_applicant("wrong_phase", urged_by_applicant, ended.case, at=ended.now)


def test_a_result_that_is_not_delivered_yet_may_be_urged_for() -> None:
    story = taken().when(DISTRICT_CLERK, "decline", reason="other-office")
    assert urged(story) != []
    assert urged(story.when(DISTRICT_CLERK, "deliver", how="post")) == declined("urge", "nothing_due")


def test_a_case_is_urged_once_a_day_at_most() -> None:
    story = taken().fold(DISTRICT, CaseUrged(by="citizen", level="reminder", request=SECOND))
    refused_to_applicant("urged_today", urged_by_applicant, story.case, at=story.now)
    story.refused("urged_today", CITY_SUPERVISOR, "request_urging", level="reminder")
    assert urged(story, by="citizen", asker=PORTAL) == declined("urge", "urged_today")
    assert urged(story) == declined("urge", "urged_today")


def test_the_next_day_of_the_office_begins_at_midnight_in_shanghai() -> None:
    evening = datetime(2026, 11, 23, 15, 58, tzinfo=UTC)
    story = replace(taken(), now=evening).fold(DISTRICT, CaseUrged(by="citizen", level="reminder"))
    before, after = evening + MINUTE, evening + 2 * MINUTE
    refused_to_applicant("urged_today", urged_by_applicant, story.case, at=before)
    assert urged_by_applicant(story.case, at=after)
    assert urged(story, at=before) == declined("urge", "urged_today")
    assert urged(story, at=after) != []


def test_an_urging_that_is_still_on_its_way_counts_for_its_day() -> None:
    story = replace(taken(), now=datetime(2026, 11, 23, 15, 58, tzinfo=UTC))
    before = [Asked(SECOND, "urge", story.now)]
    refused_to_applicant("urged_today", urged_by_applicant, story.case, at=story.now + MINUTE, before=before)
    assert urged_by_applicant(story.case, at=story.now + 2 * MINUTE, before=before)
    other = [Asked(SECOND, "withdraw", story.now)]
    assert urged_by_applicant(story.case, at=story.now, before=other), "only an urging counts as one"


def test_a_stronger_card_may_follow_the_same_day_so_that_a_reminder_is_no_shield() -> None:
    story = taken().fold(DISTRICT, CaseUrged(by="citizen", level="reminder"))
    assert urged(story, "yellow") != []
    story = story.fold(DISTRICT, CaseUrged(by=CITY, level="red"))
    assert urged(story, "yellow") == declined("urge", "urged_today")
    assert urged(story, "red") == declined("urge", "urged_today")


def test_the_clock_s_urging_counts_for_nobody() -> None:
    story = taken().fold(DISTRICT, CaseUrged(by="clock", level="red"))
    assert urged_by_applicant(story.case, at=story.now)
    assert urged(story, by="citizen", asker=PORTAL) != []


# Hearings


LAST_DAY = date(2026, 11, 30)


def offered_a_hearing() -> Story:
    story = taken().when(DISTRICT_CLERK, "accept")
    return story.fold(DISTRICT, HearingOffered(reason="heavy_interest", answer_by=LAST_DAY))


def hearing(story: Story, asked_at: datetime | None = None) -> list[CaseEvent]:
    return answers(story, HearingAsked(**under(story)), unit=DISTRICT, asker=PORTAL, asked_at=asked_at)


def test_the_applicant_asks_for_the_hearing_and_the_holder_s_service_writes_it_down() -> None:
    story = offered_a_hearing()
    assert hearing_asked_by_applicant(story.case, at=story.now) == [HearingAsked(**under(story))]
    today = local_day(story.now)
    assert hearing(story) == [HearingRequested(party="applicant", request=REQUEST, asked_on=today)]
    story = story.fold(DISTRICT, *hearing(story))
    assert story.case.answer(REQUEST)
    assert story.case.dossier.hearing is not None
    assert story.case.dossier.hearing.requested is not None
    assert hearing(story) == []


def test_who_asked_in_time_has_asked_in_time_however_long_it_took_to_arrive() -> None:
    evening = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
    late = replace(offered_a_hearing(), now=evening + timedelta(days=3))
    refused_to_applicant("hearing_too_late", hearing_asked_by_applicant, late.case, at=late.now)
    assert hearing(late, evening) == [HearingRequested(party="applicant", request=REQUEST, asked_on=LAST_DAY)]
    assert hearing(late, evening + MINUTE) == declined("hearing", "hearing_too_late")


def test_the_days_to_the_hearing_run_from_the_asking_and_not_from_its_arrival() -> None:
    evening = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
    late = replace(offered_a_hearing(), now=evening + timedelta(days=3))
    asked = late.fold(DISTRICT, *hearing(late, evening))
    waited = next(clock for clock in clocks(asked.case.times, asked.book) if clock.name == "hearing")
    assert (waited.on, waited.since) == (LAST_DAY, day_begins(LAST_DAY))
    at_the_desk = late.fold(DISTRICT, HearingRequested(party="applicant"))
    claimed = late.fold(DISTRICT, HearingRequested(party="applicant", asked_on=date(2027, 1, 1)))
    for story in (at_the_desk, claimed):
        counted = next(clock for clock in clocks(story.case.times, story.book) if clock.name == "hearing")
        assert counted.since == story.case.last_time


def test_a_hearing_that_nobody_offered_or_that_was_asked_for_is_declined() -> None:
    accepted = taken().when(DISTRICT_CLERK, "accept")
    refused_to_applicant("no_hearing_offered", hearing_asked_by_applicant, accepted.case, at=accepted.now)
    assert hearing(accepted) == declined("hearing", "no_hearing_offered")
    for event in (HearingRequested(party="applicant"), HearingHeld(held_on=LAST_DAY, record="a" * 64)):
        known = offered_a_hearing().fold(DISTRICT, event)
        refused_to_applicant("already_done", hearing_asked_by_applicant, known.case, at=known.now)
        assert hearing(known) == declined("hearing", "already_done")
    assert hearing(concluded(offered_a_hearing())) == declined("hearing", "too_late")


def no_hearing(story: Story) -> list[CaseEvent]:
    return answers(story, HearingWithdrawalAsked(**under(story)), unit=DISTRICT, asker=PORTAL)


def test_that_others_asked_for_the_hearing_keeps_the_applicant_from_nothing() -> None:
    story = offered_a_hearing().fold(DISTRICT, HearingRequested(party="interested_party"))
    assert hearing_asked_by_applicant(story.case, at=story.now) == [HearingAsked(**under(story))]
    refused_to_applicant("hearing_not_requested", hearing_taken_back_by_applicant, story.case, at=story.now)
    assert no_hearing(story) == declined("hearing_withdrawal", "hearing_not_requested")


def test_the_applicant_takes_the_request_for_the_hearing_back_and_nobody_has_to_answer() -> None:
    story = offered_a_hearing().fold(DISTRICT, HearingRequested(party="applicant"))
    assert hearing_taken_back_by_applicant(story.case, at=story.now) == [HearingWithdrawalAsked(**under(story))]
    before = [Asked(REQUEST, "hearing_withdrawal", story.now)]
    refused_to_applicant("asked_already", hearing_taken_back_by_applicant, story.case, at=story.now, before=before)
    assert no_hearing(story) == [HearingRequestWithdrawn(party="applicant", request=REQUEST)]
    story = story.fold(DISTRICT, *no_hearing(story))
    assert story.case.answer(REQUEST)
    assert no_hearing(story) == []
    refused_to_applicant("hearing_not_requested", hearing_taken_back_by_applicant, story.case, at=story.now)
    refused_to_applicant("hearing_taken_back", hearing_asked_by_applicant, story.case, at=story.now)


def test_time_that_was_suspended_for_the_hearing_counts_again_by_the_service_s_answer() -> None:
    asked, suspended = HearingRequested(party="applicant"), CaseSuspended(ground="hearing", expected_days=9, notice="N")
    story = offered_a_hearing().fold(DISTRICT, asked, suspended)
    resumed = CaseResumed(ground="hearing")
    assert no_hearing(story) == [HearingRequestWithdrawn(party="applicant", request=REQUEST), resumed]
    announced = story.fold(DISTRICT, HearingAnnounced(hold_on=LAST_DAY, place="room-1"))
    assert no_hearing(announced) == [HearingRequestWithdrawn(party="applicant", request=REQUEST)]


def test_a_hearing_that_was_held_or_a_case_that_was_decided_meanwhile_is_too_far_to_take_anything_back() -> None:
    asked = offered_a_hearing().fold(DISTRICT, HearingRequested(party="applicant"))
    held = asked.fold(DISTRICT, HearingHeld(held_on=LAST_DAY, record="a" * 64))
    refused_to_applicant("hearing_held", hearing_taken_back_by_applicant, held.case, at=held.now)
    assert no_hearing(held) == declined("hearing_withdrawal", "hearing_held")
    assert no_hearing(concluded(asked)) == declined("hearing_withdrawal", "too_late")


def test_two_taps_ask_for_one_hearing() -> None:
    story = offered_a_hearing()
    before = [Asked(REQUEST, "hearing", story.now)]
    refused_to_applicant("asked_already", hearing_asked_by_applicant, story.case, at=story.now, before=before)


# Consultations


def consulted(story: Story | None = None) -> Story:
    """The district, which holds the case, asks a department at the city."""
    opened = ConsultationOpened(consultation="C-1", department="fire", question=Plain("safe?"), days=7, unit=CITY)
    return (story or taken()).fold(DISTRICT, opened)


def answer_of(story: Story, consultation: str = "C-1") -> ConsultationAnswerSubmitted:
    return ConsultationAnswerSubmitted(consultation=consultation, answer=Plain("yes"), **under(story))


def test_a_department_at_another_unit_answers_by_a_request_though_it_never_had_the_case() -> None:
    story = consulted()
    body = {"consultation": "C-1", "answer": Plain("yes")}
    story.when(person(CITY), "submit_consultation_answer", **body).then(answer_of(story))


def test_only_the_unit_that_was_asked_answers_and_only_what_it_was_asked() -> None:
    body = {"consultation": "C-1", "answer": Plain("yes")}
    assert isinstance(taken().refused("case_unknown", person(CITY), "submit_consultation_answer", **body), NotFound)
    consulted().refused("case_unknown", person(OTHER_DISTRICT), "submit_consultation_answer", **body)
    consulted().refused("not_consulted", COLLEAGUE, "submit_consultation_answer", **body)
    other = {**body, "consultation": "C-2"}
    consulted().refused("not_consulted", person(CITY), "submit_consultation_answer", **other)


def test_the_holder_s_service_writes_the_answer_and_the_consultation_is_closed() -> None:
    story = consulted()
    events = answers(story, answer_of(story), unit=DISTRICT, asker=CITY)
    assert events == [ConsultationAnswered(consultation="C-1", answer=Plain("yes"), request=REQUEST)]
    story = story.fold(DISTRICT, *events)
    assert story.case.consultations == ()
    again = answers(story, answer_of(story), unit=DISTRICT, asker=CITY, request=SECOND)
    assert [event.ground for event in again if isinstance(event, RequestDeclined)] == ["no_consultation"]


def test_an_answer_from_elsewhere_or_to_another_question_is_declined() -> None:
    story = consulted()
    expected = declined("consultation_answer", "no_consultation")
    assert answers(story, answer_of(story), unit=DISTRICT, asker=OTHER_DISTRICT) == expected
    assert answers(story, answer_of(story, "C-2"), unit=DISTRICT, asker=CITY) == expected


def test_consultations_run_beside_each_other() -> None:
    second = ConsultationOpened(consultation="C-2", department="water", question=Plain("?"), days=7)
    story = consulted().fold(DISTRICT, second)
    story = story.fold(DISTRICT, *answers(story, answer_of(story), unit=DISTRICT, asker=CITY))
    assert [(open_.code, open_.unit) for open_ in story.case.consultations] == [("C-2", DISTRICT)]


# What is not for the holder


def test_the_answer_to_a_supervision_order_is_not_answered_by_the_holder() -> None:
    story = taken()
    asked = SupervisionAnswerSubmitted(order="supervision/s-1", answer=Plain("done"), **under(story))
    assert answers(story, asked, unit=DISTRICT, asker=DISTRICT) == []


@pytest.mark.parametrize("kind", ["recall", "supplement", "withdraw", "urge", "consultation_answer"])
def test_whatever_was_asked_a_person_may_decline_it(kind: str) -> None:
    story = taken().when(DISTRICT_CLERK, "decline_request", request=REQUEST, asked=kind, ground="no")
    assert story.case.answer(REQUEST)
