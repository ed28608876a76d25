"""What the law's clock writes by itself, when, and that it writes it once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.case import (
    CaseAccepted,
    CaseReceived,
    CaseTerminated,
    CaseUrged,
    ConsultationOpened,
    DeadlineRecomputed,
    Limit,
    MissingMaterial,
    SupplementRequested,
)
from contracts.fields import Plain
from contracts.reference import CalendarAmended, DayMark
from services.casework.actor import Actor
from services.casework.case import Case, Phase, holder
from services.casework.clocks import clocks
from services.casework.fold import evolve
from services.casework.imported import settle
from services.casework.lapse import accepted_by_law, changed_while_suspended, clock_acts, next_due, recompute
from services.casework.limits import Light, limits
from tests.casework.dated import BOOK, WORDS, History, instant, shown, somebody
from tests.office.story import CITY, DISTRICT, LICENCE, TOWNSHIP, Story, stamped

LIMITS = (Limit(clock="statutory", days=20), Limit(clock="committed", days=5))
RECEIVED = "2026-03-02 09:00 received licence township"
ACCEPTED = "2026-03-02 10:00 accepted"


SOMEBODY = somebody(TOWNSHIP)


def told(*lines: str) -> Story:
    return History(lines).tell()


def acts(story: Story, at: str) -> list[CaseAccepted | CaseTerminated | CaseUrged]:
    return clock_acts(story.case, story.book, instant(at))


def levels(story: Story, until: str) -> list[tuple[str, str]]:
    """Every urge up to `until`, written at the very instant it falls due, as day and level."""
    return [(day, event.level) for day, event in walk(story, until) if isinstance(event, CaseUrged)]


def walk(story: Story, until: str) -> Iterator[tuple[str, CaseAccepted | CaseTerminated | CaseUrged]]:
    at = story.now
    while (due := next_due(story.case, story.book, at)) is not None and due <= instant(until):
        at = max(at, due)
        if events := clock_acts(story.case, story.book, at):
            yield (at + timedelta(hours=8)).date().isoformat(), events[0]
            story = replace(story, now=at).fold(holder(story.case), *events)


def test_nothing_is_written_before_the_five_days_are_over() -> None:
    assert acts(told(RECEIVED), "2026-03-05 23:59:59") == []
    assert acts(told(RECEIVED), "2026-03-09 23:59:59") == [CaseUrged(by="clock", level="yellow")]


def test_at_24_00_of_the_fifth_day_the_law_accepts_as_of_the_day_of_receipt() -> None:
    accepted = CaseAccepted(accepted_on=date(2026, 3, 2), deemed=True, limits=LIMITS)
    assert acts(told(RECEIVED), "2026-03-10 00:00") == [accepted]
    assert acts(told(RECEIVED), "2026-06-01 00:00") == [accepted], "however late it runs"


def test_behind_an_agent_point_the_law_accepts_as_of_the_arrival_at_the_office() -> None:
    story = told(
        "2026-03-02 09:00 received forwarded township",
        "2026-03-03 15:00 referred forward_up district",
        "2026-03-05 08:00 arrived",
    )
    assert acts(story, "2026-03-12 23:59") == [CaseUrged(by="clock", level="yellow")]
    assert acts(story, "2026-03-13 00:00") == [
        CaseAccepted(accepted_on=date(2026, 3, 5), deemed=True, limits=LIMITS),
    ]


ENDED = [CaseTerminated(ground="supplement_not_provided")]


def test_papers_that_never_came_end_the_case_after_the_applicants_last_day() -> None:
    story = told(RECEIVED, "2026-03-04 09:00 asked")
    assert acts(story, "2026-03-25 23:59:59") == []
    assert acts(story, "2026-03-26 00:10") == ENDED
    assert acts(story, "2026-06-26 00:00") == ENDED, "however late it runs"


def test_ten_minutes_after_the_last_day_what_was_handed_in_during_its_last_second_has_arrived() -> None:
    story = told(RECEIVED, "2026-03-04 09:00 asked")
    assert next_due(story.case, BOOK, instant("2026-03-25 23:59:59")) == instant("2026-03-26 00:00"), "the red light"
    for now in ("2026-03-26 00:00", "2026-03-26 00:00:01", "2026-03-26 00:09:59"):
        assert acts(story, now) == []
        assert next_due(story.case, BOOK, instant(now)) == instant("2026-03-26 00:10"), "one look more, and no other"
    limit = shown(story, instant("2026-03-26 00:00"), "supply")
    assert limit is not None
    assert (limit.light, limit.due) == (Light.RED, instant("2026-03-26 00:00")), "nobody has more time by it"
    (at_last,) = (at for at, event in walk(story, "2026-12-01 00:00") if isinstance(event, CaseTerminated))
    assert at_last == "2026-03-26"


def test_history_from_a_file_ends_at_the_very_end_of_the_last_day() -> None:
    case, by = imported()
    asked = SupplementRequested(missing=(MissingMaterial(kind="application", reason="missing"),))
    stamp = stamped(case.number, TOWNSHIP, by.subject, instant("2026-03-04 09:00"), asked)
    case, end = evolve(case, asked, stamp), instant("2026-03-26 00:00")
    assert next_due(case, BOOK, end - timedelta(seconds=1), imported=True) == end
    assert clock_acts(case, BOOK, end, imported=True) == ENDED
    assert next_due(case, BOOK, end, imported=True) == end


def test_papers_handed_in_by_the_last_day_hold_the_end_up_until_a_clerk_has_looked_at_them() -> None:
    story = told(RECEIVED, "2026-03-04 09:00 asked")
    end, in_time, late = instant("2026-03-26 00:10"), instant("2026-03-25 23:59:59"), instant("2026-03-26 00:00")
    for at in (end, end + timedelta(days=90)):
        assert clock_acts(story.case, BOOK, at, handed_in=in_time) == []
        assert next_due(story.case, BOOK, at, handed_in=in_time) is None, "it is the clerk's turn"
        assert clock_acts(story.case, BOOK, at, handed_in=late) == ENDED
        assert next_due(story.case, BOOK, at, handed_in=late) == at
    assert next_due(story.case, BOOK, story.now, handed_in=in_time) == instant("2026-03-20 00:00"), "lights as ever"


def test_papers_handed_in_hold_no_acceptance_up() -> None:
    assert isinstance(
        clock_acts(told(RECEIVED).case, BOOK, instant("2026-03-10 00:00"), handed_in=instant(RECEIVED[:16]))[0],
        CaseAccepted,
    )


WAITED = (RECEIVED, "2026-03-04 09:00 asked", "2026-03-20 09:00 supplied 2026-03-10 10:00")


def test_papers_that_lay_unregistered_too_long_are_accepted_by_law_as_of_the_day_they_were_handed_in() -> None:
    # 11 12 13 | 16 17 were the five. Before anybody had looked there was nothing to accept; now it is due at once.
    story = told(*WAITED)
    assert next_due(story.case, BOOK, story.now) == story.now
    accepted = CaseAccepted(accepted_on=date(2026, 3, 10), deemed=True, limits=LIMITS)
    assert acts(story, "2026-03-20 09:00") == [accepted]
    assert acts(told(*WAITED[:2]), "2026-03-20 08:59") == []
    assert accepted_by_law(story.case, BOOK, story.now) == date(2026, 3, 10)
    items = (MissingMaterial(kind="identity", reason="illegible"),)
    assert "2026-03-10" in story.refused("accepted_by_law", SOMEBODY, "request_supplement", items=items).en
    assert story.when(SOMEBODY, "accept").written == (accepted,)


def test_papers_registered_within_the_five_days_are_accepted_by_law_when_those_are_over() -> None:
    story = told(RECEIVED, "2026-03-04 09:00 asked", "2026-03-17 23:59 supplied 2026-03-10 10:00")
    assert acts(story, "2026-03-17 23:59") == [CaseUrged(by="clock", level="yellow")]
    assert acts(story, "2026-03-18 00:00") == [CaseAccepted(accepted_on=date(2026, 3, 10), deemed=True, limits=LIMITS)]


def test_a_part_of_the_papers_is_no_reason_to_accept_however_long_it_lay() -> None:
    story = told(RECEIVED, "2026-03-04 09:00 asked", "2026-03-20 09:00 supplied-one 2026-03-05 10:00")
    assert acts(story, "2026-03-25 23:59:59") == []
    assert acts(story, "2026-03-26 00:10") == ENDED


def test_a_case_that_waits_for_papers_is_not_deemed_accepted() -> None:
    assert acts(told(RECEIVED, "2026-03-09 23:59:59 asked"), "2026-03-20 00:00") == []


def test_in_transit_the_clock_waits_for_the_arrival() -> None:
    story = told(RECEIVED, "2026-03-04 10:00 referred forward_up district")
    assert acts(story, "2026-03-20 00:00") == []
    arrived = replace(story, now=instant("2026-03-20 08:00")).arrives()
    assert next_due(arrived.case, BOOK, arrived.now) == arrived.now
    assert acts(arrived, "2026-03-20 08:00") == [
        CaseAccepted(accepted_on=date(2026, 3, 2), deemed=True, limits=LIMITS),
    ]


def test_what_is_offered_and_not_acknowledged_is_accepted_by_law_all_the_same() -> None:
    story = told(RECEIVED, "2026-03-04 10:00 referred forward_up district", "2026-03-04 10:05 arrived")
    assert isinstance(acts(story, "2026-03-10 00:00")[0], CaseAccepted)


def test_each_act_is_written_once() -> None:
    story = told(RECEIVED, "2026-03-10 00:00 clock")
    assert story.case.phase is Phase.ACCEPTED
    assert acts(story, "2026-03-10 00:00") == []
    ended = told(RECEIVED, "2026-03-04 09:00 asked", "2026-03-26 00:10 clock")
    assert ended.case.phase is Phase.TERMINATED
    assert acts(ended, "2026-12-01 00:00") == []
    assert next_due(ended.case, BOOK, instant("2026-12-01 00:00")) is None


def test_the_custodian_is_urged_at_three_quarters_on_the_last_day_and_when_the_limit_has_passed() -> None:
    # Promised: 4 of 5 days on the 6th, the last day is the 9th. By law: 15 of 20 on the 23rd, the last is the 30th.
    assert levels(told(RECEIVED, ACCEPTED), "2026-12-01 00:00") == [
        ("2026-03-06", "reminder"),
        ("2026-03-09", "yellow"),
        ("2026-03-10", "red"),
        ("2026-03-23", "reminder"),
        ("2026-03-30", "yellow"),
        ("2026-03-31", "red"),
    ]


def test_a_clock_that_was_away_urges_once_with_the_highest_level() -> None:
    story = told(RECEIVED, ACCEPTED)
    assert acts(story, "2026-03-20 09:00") == [CaseUrged(by="clock", level="red")]
    written = told(RECEIVED, ACCEPTED, "2026-03-20 09:00 clock")
    assert acts(written, "2026-03-22 23:59") == []


def test_an_urge_by_a_person_does_not_stand_for_the_clocks() -> None:
    story = told(RECEIVED, ACCEPTED).fold(CITY, CaseUrged(by=CITY, level="red"))
    assert acts(story, "2026-03-06 00:00") == [CaseUrged(by="clock", level="reminder")]


def test_while_it_is_suspended_nobody_is_urged() -> None:
    story = told(RECEIVED, ACCEPTED, "2026-03-04 10:00 suspended testing 3")
    assert levels(story, "2026-12-01 00:00") == []


def test_a_suspension_on_the_very_day_of_the_reminder_brings_no_second_reminder() -> None:
    story = told(RECEIVED, ACCEPTED, "2026-03-06 00:00 clock", "2026-03-06 10:00 suspended testing 3")
    resumed = replace(story, now=instant("2026-03-10 10:00")).when(SOMEBODY, "resume")
    assert levels(resumed, "2026-03-11 12:00") == [("2026-03-11", "yellow")]  # 3 4 5 6 | 11.


def test_the_delivery_of_the_result_is_pressed_too() -> None:
    story = told(RECEIVED, ACCEPTED, "2026-03-03 10:00 granted", "2026-03-03 11:00 concluded")
    assert levels(story, "2026-12-01 00:00")[-1] == ("2026-03-18", "red")  # 4-6 (3), 9-13 (8), 16 17 (10).


def test_the_next_instant_is_the_next_change_of_a_light() -> None:
    story = told(RECEIVED, ACCEPTED, "2026-03-04 10:00 suspended testing 3")
    at = instant("2026-03-04 10:00")
    # 5 6 | 9 March were told to the applicant; after that a person has to act.
    assert next_due(story.case, BOOK, at) == instant("2026-03-10 00:00")
    assert next_due(story.case, BOOK, instant("2026-03-10 00:00")) is None


@pytest.mark.parametrize("day", range(1, 40))
def test_no_light_changes_between_two_instants_of_the_clock(day: int) -> None:
    story = told(RECEIVED, "2026-03-05 10:00 referred forward_up district", "2026-03-06 08:00 arrived")
    at = instant("2026-03-06 08:00") + timedelta(days=day, hours=-1)
    due = next_due(story.case, BOOK, at)
    seen = [limit.light for limit in limits(story.case.times, BOOK, at)]
    if due is None or due > at + timedelta(seconds=1):
        end = (due or at + timedelta(days=400)) - timedelta(seconds=1)
        assert [limit.light for limit in limits(story.case.times, BOOK, end)] == seen


def imported() -> tuple[Case, Actor]:
    by = Actor("i", TOWNSHIP, None, frozenset({"clerk", "integrator"}))
    event = CaseReceived(item=LICENCE, item_version=1, channel="window", applicant=Plain("x"), imported=True)
    number = f"{TOWNSHIP}-20260302-0001"
    return evolve(None, event, stamped(number, TOWNSHIP, "i", instant("2026-03-02 09:00"), event)), by


def test_history_from_a_file_is_left_alone_until_it_is_settled() -> None:
    case, by = imported()
    now = instant("2026-06-01 00:00")
    assert clock_acts(case, BOOK, now) == []
    assert next_due(case, BOOK, now) is None
    (settled,) = settle(case, by=by, at=now, book=BOOK)
    case = evolve(case, settled, stamped(case.number, TOWNSHIP, "i", now, settled))
    assert isinstance(clock_acts(case, BOOK, now)[0], CaseAccepted)
    assert next_due(case, BOOK, now) == now


def test_at_an_instant_of_that_history_the_law_acts_as_it_would_have_acted() -> None:
    case, _ = imported()
    received = instant("2026-03-02 09:00")
    at = next_due(case, BOOK, received, imported=True)
    assert at == instant("2026-03-06 00:00"), "the reminder of the fourth day"
    assert isinstance(clock_acts(case, BOOK, instant("2026-03-10 00:00"), imported=True)[0], CaseAccepted)


def test_a_case_of_an_item_that_is_not_in_the_book_has_no_limit_yet() -> None:
    story = told(RECEIVED)
    unknown = replace(BOOK, items={})
    assert limits(story.case.times, unknown, instant("2026-06-01 00:00")) == ()
    assert clock_acts(story.case, unknown, instant("2026-06-01 00:00")) == []
    assert clocks(story.case.times, unknown) == []


MOURNING = CalendarAmended(
    calendar_version="2026-2",
    marks=(DayMark(day=date(2026, 3, 9), work=False, name="停工"),),
    reason="市政府通知",
)
AMENDED = BOOK.evolve("calendar/2026", MOURNING)


def test_an_amended_calendar_moves_open_limits_and_each_move_is_journalled_with_the_reason() -> None:
    story = told(RECEIVED, ACCEPTED)
    now = instant("2026-03-05 12:00")
    written = recompute(story.case, AMENDED, BOOK.calendar, now, "day-off")
    assert written == [
        DeadlineRecomputed(
            calendar="2026-2", clock="statutory", old=date(2026, 3, 30), new=date(2026, 3, 31), reason="day-off"
        ),
        DeadlineRecomputed(
            calendar="2026-2", clock="committed", old=date(2026, 3, 9), new=date(2026, 3, 10), reason="day-off"
        ),
    ]
    after = replace(story, now=now, book=AMENDED).fold(TOWNSHIP, *written)
    assert recompute(after.case, AMENDED, BOOK.calendar, now, "day-off") == []
    limit = shown(after, now, "committed")
    assert limit is not None
    assert limit.last_day == date(2026, 3, 10)
    assert limit.calendar == ("2026-2",)


def test_a_calendar_that_changed_before_a_clerk_registered_the_papers_moved_no_day_that_was_shown() -> None:
    history = (RECEIVED, "2026-03-03 09:00 asked", "2026-03-06 09:00 supplied 2026-03-04 10:00")
    # From the 4th: 5 6 9 10 11, and with the 9th off 5 6 10 11 12. Before the registration there was no such limit.
    story = told(*history)
    before, after = instant("2026-03-05 12:00"), instant("2026-03-06 12:00")
    assert recompute(story.case, AMENDED, BOOK.calendar, after, "x", changed=before) == []
    written = recompute(story.case, AMENDED, BOOK.calendar, after, "x", changed=after)
    assert written == [recomputed("after_supplement", "2026-03-11", "2026-03-12")]


SUSPENDED = "2026-03-04 10:00 suspended testing 10"


def recomputed(clock: str, old: str, new: str, about: str | None = None) -> DeadlineRecomputed:
    days = {"old": date.fromisoformat(old), "new": date.fromisoformat(new)}
    return DeadlineRecomputed(calendar="2026-2", clock=clock, **days, reason="x", about=about)


def test_what_the_calendar_moved_while_time_was_suspended_is_told_at_the_resumption() -> None:
    changed = instant("2026-03-05 12:00")
    story = told(RECEIVED, ACCEPTED, SUSPENDED)
    assert recompute(story.case, AMENDED, BOOK.calendar, changed, "x", changed=changed) == [], "no day is shown"
    assert not changed_while_suspended(story.case.times, changed)
    story = replace(told(RECEIVED, ACCEPTED, SUSPENDED, "2026-03-06 10:00 resumed"), book=AMENDED)
    assert changed_while_suspended(story.case.times, changed)
    # 3 4 (2) | 5 6 suspended | 9-11 (5) becomes 10-12, since the 9th is off; 9-13 (7), 16-20, 23-27 (17), 30 31 1 April
    # becomes 10-13 (6), 16-20, 23-27 (16), 30 31 1 2 April.
    written = recompute(story.case, AMENDED, BOOK.calendar, story.now, "x", changed=changed)
    assert written == [
        recomputed("statutory", "2026-04-01", "2026-04-02"),
        recomputed("committed", "2026-03-11", "2026-03-12"),
    ]
    story = story.fold(TOWNSHIP, *written)
    assert recompute(story.case, AMENDED, BOOK.calendar, story.now, "x", changed=changed) == []
    # Another suspension moves the days again, and not because of the calendar.
    for line in ("2026-03-10 10:00 suspended testing 5", "2026-03-12 10:00 resumed"):
        day, time, word, *said = line.split()
        story = WORDS[word](replace(story, now=instant(f"{day} {time}")), tuple(said))
    assert recompute(story.case, AMENDED, BOOK.calendar, story.now, "x", changed=changed) == []


def test_a_suspension_that_began_after_the_change_hides_nothing_of_what_was_shown_between() -> None:
    changed = instant("2026-03-04 09:00")
    story = told(RECEIVED, ACCEPTED, SUSPENDED)
    assert recompute(story.case, AMENDED, BOOK.calendar, story.now, "x", changed=changed) == [
        recomputed("statutory", "2026-03-30", "2026-03-31"),
        recomputed("committed", "2026-03-09", "2026-03-10"),
    ]


def test_a_limit_that_runs_on_while_others_are_suspended_is_told_at_once_and_the_others_later() -> None:
    changed = instant("2026-03-05 12:00")
    history = (RECEIVED, ACCEPTED, "2026-03-03 10:00 consulted 7 district", SUSPENDED)
    story = told(*history)
    written = recompute(story.case, AMENDED, BOOK.calendar, changed, "x", changed=changed)
    assert written == [recomputed("consultation", "2026-03-12", "2026-03-13", "q1")]
    story = replace(story, now=changed, book=AMENDED).fold(TOWNSHIP, *written)
    story = WORDS["resumed"](replace(story, now=instant("2026-03-06 10:00")), ())
    later = recompute(story.case, AMENDED, BOOK.calendar, story.now, "x", changed=changed)
    assert [event.clock for event in later] == ["statutory", "committed"]


def test_of_several_questions_whose_day_moves_each_is_journalled_by_its_name_and_once() -> None:
    asked = [
        ConsultationOpened(consultation=code, department="fire", question=Plain("?"), days=5, unit=DISTRICT)
        for code in ("q1", "q2")
    ]
    story = told(RECEIVED, ACCEPTED).fold(TOWNSHIP, *asked)
    written = recompute(story.case, AMENDED, BOOK.calendar, story.now, "day-off")
    moved = [(event.about, event.old, event.new) for event in written if event.clock == "consultation"]
    days = date(2026, 3, 9), date(2026, 3, 10)
    assert moved == [("q1", *days), ("q2", *days)]
    after = replace(story, book=AMENDED).fold(TOWNSHIP, *written[:-1])
    assert recompute(after.case, AMENDED, BOOK.calendar, story.now, "day-off") == written[-1:]


def test_an_amendment_that_moves_no_date_journals_nothing() -> None:
    story = told(RECEIVED, ACCEPTED, "2026-03-05 10:00 granted", "2026-03-05 11:00 concluded")
    assert [e.clock for e in recompute(story.case, AMENDED, BOOK.calendar, story.now, "x")] == ["delivery"]
    delivered = told(*STORY_DELIVERED)
    assert recompute(delivered.case, AMENDED, BOOK.calendar, delivered.now, "x") == []


STORY_DELIVERED = (
    RECEIVED,
    ACCEPTED,
    "2026-03-05 10:00 granted",
    "2026-03-05 11:00 concluded",
    "2026-03-05 12:00 delivered",
)


def test_in_transit_the_journal_waits_for_the_arrival() -> None:
    story = told(RECEIVED, ACCEPTED, "2026-03-04 10:00 referred forward_up district")
    assert recompute(story.case, AMENDED, BOOK.calendar, story.now, "x") == []


def test_a_record_that_claims_an_impossible_day_of_acceptance_is_counted_from_a_possible_one() -> None:
    forged = CaseAccepted(accepted_on=date(9999, 12, 31), limits=LIMITS)
    story = told(RECEIVED).fold(TOWNSHIP, forged)
    found = shown(story, datetime(2026, 3, 4, tzinfo=UTC), "statutory")
    assert found is not None
    assert found.last_day == date(2026, 3, 30)
    early = told(RECEIVED).fold(TOWNSHIP, CaseAccepted(accepted_on=date(1, 1, 1), limits=LIMITS))
    found = shown(early, datetime(2026, 3, 4, tzinfo=UTC), "statutory")
    assert found is not None
    assert found.start_day == date(2026, 3, 2)
