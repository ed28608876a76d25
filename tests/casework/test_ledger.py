"""One ledger explains every date: day by day, in both languages, and the days of each custodian."""

import string
import typing

from contracts.case.custody import ReferralKind
from services.casework.clocks import Basis, ClockName, clocks
from services.casework.ledger import Ledger, ledgers
from services.casework.limits import Light, Share, limits
from services.casework.reasons import BASES, CLOCKS, GROUNDS, LIGHTS, REASONS, Reason
from tests.casework.dated import BOOK, History, instant
from tests.office.story import DISTRICT, TOWNSHIP

PASSED_ON = (
    "2026-02-11 09:00 received licence township",
    "2026-02-11 10:00 accepted",
    "2026-02-13 10:00 referred forward_up district",
    "2026-02-24 10:00 arrived",
    "2026-02-24 11:00 acknowledged",
    "2026-02-26 10:00 suspended testing 5",
    "2026-03-03 10:00 resumed",
)


def told(clock: str, at: str, *lines: str) -> Ledger:
    story = History(lines).tell()
    return next(led for led in ledgers(story.case.times, BOOK, instant(at)) if led.limit.clock == clock)


def test_for_every_day_it_says_whether_it_counts_whose_it_is_and_why() -> None:
    found = told("committed", "2026-03-06 12:00", *PASSED_ON)
    lines = [f"{day.day:%m-%d} {day.number or '-'} {day.whose or '-'} {day.reason}" for day in found.days]
    assert lines == [
        "02-11 - - day_of_event",
        f"02-12 1 {TOWNSHIP} working_day",
        f"02-13 2 {TOWNSHIP} working_day",  # passed on at ten: the day it began as
        "02-14 3 - in_transit",  # the make-up Saturday
        *(f"02-{day} - - holiday" for day in range(15, 24)),
        "02-24 4 - in_transit",  # arrived at ten
        f"02-25 5 {DISTRICT} working_day",
        f"02-26 6 {DISTRICT} overdue",  # suspended at ten
        "02-27 - - suspended",
        "02-28 - - suspended",  # the make-up Saturday
        "03-01 - - weekend",
        "03-02 - - suspended",
        "03-03 - - suspended",  # resumed at ten
        f"03-04 7 {DISTRICT} overdue",
        f"03-05 8 {DISTRICT} overdue",
        f"03-06 9 {DISTRICT} overdue",
    ]


def test_the_days_of_each_custodian_are_summed_and_those_in_transit_are_nobodys() -> None:
    found = told("committed", "2026-03-06 12:00", *PASSED_ON)
    assert found.shares == (Share(TOWNSHIP, 2), Share(None, 2), Share(DISTRICT, 5))
    assert sum(share.days for share in found.shares) == found.limit.used == 9


def test_the_make_up_saturday_and_the_extension_are_named() -> None:
    lines = (
        "2026-04-20 09:00 received licence township",
        "2026-04-20 10:00 accepted",
        "2026-05-08 10:00 extended 10",
    )
    # 21-24 (4), 27-30 (8) | 1-5 May off | 6 7 8, Sat 9 worked (12), 11-15 (17), 18 19 20 (20); then the extension.
    found = told("statutory", "2026-05-21 12:00", *lines)
    by_day = {day.day.isoformat(): day for day in found.days}
    assert by_day["2026-05-09"].reason == "make_up_day"
    assert "劳动节" in by_day["2026-05-09"].zh
    assert by_day["2026-05-20"].reason == "working_day"
    assert by_day["2026-05-21"].reason == "extended"
    assert by_day["2026-05-21"].en == f"Working day 1 of the extension, with {TOWNSHIP}."


def test_the_applicants_days_are_the_applicants() -> None:
    found = told(
        "supply",
        "2026-03-06 12:00",
        "2026-03-02 09:00 received licence township",
        "2026-03-04 09:00 asked",
    )
    assert found.shares == (Share("applicant", 2),)
    assert "申请人" in found.days[-1].zh
    assert "the applicant" in found.days[-1].en


def test_of_papers_that_lay_unregistered_it_says_when_they_were_handed_in_and_charges_whoever_had_them() -> None:
    lines = (
        "2026-03-02 09:00 received licence township",
        "2026-03-04 09:00 asked",
        "2026-03-13 09:00 supplied 2026-03-10 10:00",
    )
    found = told("after_supplement", "2026-03-13 12:00", *lines)
    assert [f"{day.day:%m-%d} {day.number or '-'} {day.reason}" for day in found.days] == [
        "03-10 - handed_in",
        "03-11 1 working_day",
        "03-12 2 working_day",
        "03-13 3 working_day",
    ]
    assert found.shares == (Share(TOWNSHIP, 3),)
    first = found.days[0]
    assert first.zh == "补正材料至当日已全部递交（经办单位2026-03-13登记），期限自当日起算，当日不计入。"
    assert "handed in (the office registered them on 2026-03-13)" in first.en
    assert told("supply", "2026-03-20 12:00", *lines).shares == (Share("applicant", 4),), "5 6 9 10, and no day after"
    same_day = told("after_supplement", "2026-03-13 12:00", *lines[:2], "2026-03-10 16:00 supplied 2026-03-10 10:00")
    assert same_day.days[0].reason == "day_of_event"


def test_a_suspension_says_its_ground_in_both_languages() -> None:
    found = told("statutory", "2026-03-02 12:00", *PASSED_ON)
    assert found.days[-1].zh == "中止计时（检测），不计入。"
    assert found.days[-1].en == "The clock is suspended (testing); the day does not count."


def test_a_ground_of_the_item_is_said_by_its_name_in_the_catalogue() -> None:
    lines = (
        "2026-03-02 09:00 received reviewed district",
        "2026-03-02 10:00 accepted",
        "2026-03-03 10:00 suspended typhoon 5",
    )
    found = told("committed", "2026-03-04 12:00", *lines)
    assert found.days[-1].zh == "中止计时（台风），不计入。"
    assert found.days[-1].en == "The clock is suspended (typhoon); the day does not count."


def test_it_ends_when_the_clock_stopped() -> None:
    found = told("notice", "2026-12-01 12:00", *PASSED_ON)
    assert [day.reason for day in found.days] == ["day_of_event"]


def test_there_is_one_ledger_for_each_limit_in_the_same_order() -> None:
    story, at = History(PASSED_ON).tell(), instant("2026-03-06 12:00")
    assert tuple(found.limit for found in ledgers(story.case.times, BOOK, at)) == limits(story.case.times, BOOK, at)
    assert len(clocks(story.case.times, BOOK)) == len(limits(story.case.times, BOOK, at))


def test_every_clock_basis_light_and_reason_has_its_words_in_both_languages() -> None:
    for words, names in (
        (CLOCKS, typing.get_args(ClockName)),
        (BASES, typing.get_args(Basis)),
        (LIGHTS, tuple(Light)),
        (REASONS, typing.get_args(Reason)),
    ):
        assert set(words) == set(names)
        for zh, en in words.values():
            said = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (zh, en)]
            assert said[0] == said[1]
    assert len(GROUNDS) == 8
    assert "preliminary_review" in typing.get_args(ReferralKind)


def test_a_suspension_and_the_days_after_the_limit_are_a_line_each_and_every_other_day_stands_alone() -> None:
    found = told("committed", "2026-03-10 12:00", *PASSED_ON)
    lines = [(f"{run.first:%m-%d}", f"{run.last:%m-%d}", run.numbers, run.en) for run in found.runs()]
    assert lines[-4:] == [
        ("02-25", "02-25", (5, 5), f"A working day; it counts, with {DISTRICT}."),
        ("02-26", "02-26", (6, 6), f"Working day 1 after the limit, with {DISTRICT}."),
        ("02-27", "03-03", None, "The clock is suspended (testing); none of these 5 days counts."),
        ("03-04", "03-10", (7, 11), f"Working days 2 to 6 after the limit, with {DISTRICT}."),
    ]
    assert sum((run.last - run.first).days + 1 for run in found.runs()) == len(found.days)


def test_a_run_does_not_take_the_free_days_that_follow_it() -> None:
    lines = (
        "2026-03-02 09:00 received licence township",
        "2026-03-02 10:00 accepted",
        "2026-03-03 10:00 suspended testing 5",
        "2026-03-06 10:00 resumed",
    )
    found = told("statutory", "2026-03-09 12:00", *lines)
    runs = [(f"{run.first:%m-%d}", f"{run.last:%m-%d}", run.numbers) for run in found.runs()]
    assert runs == [
        ("03-02", "03-02", None),
        ("03-03", "03-03", (1, 1)),
        ("03-04", "03-06", None),
        ("03-07", "03-07", None),
        ("03-08", "03-08", None),
        ("03-09", "03-09", (2, 2)),
    ]
    assert [run.zh for run in found.runs()][2] == "中止计时（检测），其间 3 天均不计入。"
