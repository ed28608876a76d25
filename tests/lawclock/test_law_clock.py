"""What the law's clock writes on a real database: at its instant, once, whoever runs, and with the lawful day."""

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest

from contracts.case import CaseAccepted, CaseTerminated, CaseUrged, Material
from contracts.requests import SupplementSubmitted
from services.casework.case import Phase
from services.casework.refusals import NotFound
from services.runtime.tokens import Actor
from tests.casework.dated import instant
from tests.lawclock.office import CLERK, Office, office
from tests.runtime.logs import running

MONDAY = "2026-03-02 09:00"
ID = "ab" * 16
PAPERS = tuple(Material(kind=kind, form="original") for kind in ("application", "identity"))


async def test_an_application_that_nobody_took_up_is_accepted_by_law_as_of_its_receipt(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        number = await here.receive()
        assert await here.tick("2026-03-06 00:00") == ["CaseUrged"], "75 % of five days are used"
        assert await here.tick("2026-03-09 00:00") == ["CaseUrged"], "the last day"
        assert await here.tick("2026-03-09 23:59:59") == []
        assert await here.tick("2026-03-12 15:00") == ["CaseAccepted", "CaseUrged"], "found late"
        accepted = (await here.events(number))[-2]
        assert isinstance(accepted, CaseAccepted)
        assert (accepted.deemed, accepted.accepted_on) == (True, date(2026, 3, 2))
        assert await here.tick("2026-03-12 15:01") == []


async def test_papers_that_never_came_end_the_case(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        number = await here.receive()
        await here.act(
            number,
            "request_supplement",
            items=[{"kind": kind, "reason": "missing"} for kind in ("application", "identity")],
        )
        # Fifteen working days; the three days of 清明节 from April 4 are a weekend and a Monday.
        assert await here.tick("2026-03-23 23:59:59") == []
        assert await here.tick("2026-03-24 00:00") == [], "what was handed in a second ago may be on its way"
        assert await here.tick("2026-03-24 00:10") == ["CaseTerminated"]
        assert (await here.events(number))[-1] == CaseTerminated(ground="supplement_not_provided")
        assert await here.row(number) is None, "nothing runs any more"


async def owing(here: Office) -> str:
    """A case whose applicant has until Monday 23 March to bring two papers."""
    number = await here.receive()
    papers = [{"kind": kind, "reason": "missing"} for kind in ("application", "identity")]
    await here.act(number, "request_supplement", items=papers)
    return number


def submitted(number: str) -> SupplementSubmitted:
    return SupplementSubmitted(case=number, epoch=0, term=0, materials=PAPERS)


async def test_papers_handed_in_elsewhere_on_the_last_day_wait_for_the_clerk_and_the_case_goes_on(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        number = await owing(here)
        here.hands.at = instant("2026-03-23 23:59:59")
        await here.asked(ID, submitted(number))
        async with running(here.requested):
            assert await here.tick("2026-03-24 00:10") == [], "it is looked at what nobody had seen yet"
        row = await here.row(number)
        assert row is not None
        assert row["wake"] is None, "the clock does not look again and again"
        assert await here.tick("2026-03-26 09:00") == []
        materials = [paper.model_dump() for paper in PAPERS]
        case = await here.act(number, "receive_supplement", materials=materials, request=ID)
        assert (case.phase, case.missing) == (Phase.RECEIVED, ())
        assert await here.tick("2026-03-26 09:01") == []
        assert (await here.act(number, "accept")).phase is Phase.ACCEPTED


async def test_papers_handed_in_elsewhere_after_the_last_day_end_the_case_all_the_same(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        number = await owing(here)
        here.hands.at = instant("2026-03-24 00:00")
        await here.asked(ID, submitted(number))
        await here.seen()
        assert await here.tick("2026-03-24 00:10") == ["CaseTerminated"]


async def test_papers_handed_in_during_the_last_second_arrive_after_midnight_and_the_case_goes_on(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        number = await owing(here)
        assert await here.tick("2026-03-24 00:00") == []
        row = await here.row(number)
        assert row is not None
        assert (row["due"], row["wake"]) == (instant("2026-03-24 00:00"), instant("2026-03-24 00:10"))
        here.hands.at = instant("2026-03-24 00:05")
        assert await here.law.tick() == 0, "nothing to look at until then"
        here.hands.at = instant("2026-03-23 23:59:59")
        await here.asked(ID, submitted(number))
        await here.seen()
        assert await here.tick("2026-03-24 00:10") == []
        assert await here.tick("2026-04-10 09:00") == [], "it is the clerk's turn"


async def test_papers_that_the_clerk_declines_after_the_last_day_hold_the_end_up_no_longer(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        number = await owing(here)
        await here.asked(ID, submitted(number))
        await here.seen()
        assert await here.tick("2026-03-24 00:10") == []
        await here.act(number, "decline_request", request=ID, asked="supplement", ground="unreadable")
        assert await here.tick("2026-03-24 00:11") == ["CaseTerminated"]


async def test_no_case_ends_for_want_of_papers_while_requests_are_unread(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        number = await owing(here)
        here.hands.at = instant("2026-03-24 00:00")
        await here.asked(ID, submitted(number))
        here.hands.at = instant("2026-03-24 00:10")
        await here.law.tick()
        assert (await here.events(number))[-1] != CaseTerminated(ground="supplement_not_provided")
        await here.seen()
        assert await here.tick("2026-03-24 00:11") == ["CaseTerminated"]


async def test_two_copies_a_restart_and_a_clock_that_is_set_back_and_forth_write_each_act_once(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, MONDAY) as one, office(database, tmp_path, MONDAY, units=False) as two:
        numbers = [await one.receive() for _ in range(20)]
        for hours in (0, 2, -2, 0, 2):
            for here in (one, two):
                here.hands.at = instant("2026-03-10 01:00") + timedelta(hours=hours)
                await here.seen()
            await asyncio.gather(one.law.tick(), two.law.tick(), one.law.tick())
        await one.seen()
    async with office(database, tmp_path / "again", "2026-03-10 03:00", units=False) as again:
        await again.law.tick()
        for number in numbers:
            events = await again.events(number)
            assert [type(event).__name__ for event in events].count("CaseAccepted") == 1
            urges = [event.level for event in events if isinstance(event, CaseUrged)]
            assert len(urges) == len(set(urges))


async def test_the_clock_sleeps_until_the_next_instant_and_wakes_for_what_is_due_sooner(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, "2026-03-05 23:59:59.500") as here:
        here.hands.at = instant(MONDAY)
        number = await here.receive()
        here.hands.at = instant("2026-03-05 23:59:59") + timedelta(seconds=0.7)
        async with running(here.law):
            # 300 ms of the office's time are 300 ms of the machine's; then midnight is there.
            await asyncio.sleep(0.05)
            assert here.law.acts == 0
            here.hands.at = instant("2026-03-06 00:00")
            async with asyncio.timeout(5):
                while here.law.acts == 0:
                    await here.log.tide.past(here.log.tide.pos, 0.05)
        assert isinstance((await here.events(number))[-1], CaseUrged)


async def test_a_case_that_is_suspended_waits_and_what_was_used_stays_used(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        number = await here.receive()
        here.hands.at = instant("2026-03-02 10:00")
        await here.act(number, "accept")
        here.hands.at = instant("2026-03-03 10:00")
        await here.act(number, "suspend", ground="expert_review", expected_days=5, notice="n-1")
        row = await here.row(number)
        assert row is not None
        assert (row["paused"], row["due"]) == (True, None)
        here.hands.at = instant("2026-03-20 10:00")
        assert await here.tick("2026-03-20 10:00") == []
        await here.act(number, "resume")
        row = await here.row(number)
        assert row is not None
        # Accepted on the 2nd, one of five days used before; four more after the 20th.
        assert (row["paused"], row["due"]) == (False, instant("2026-03-27 00:00"))


async def test_history_from_a_file_is_left_alone_until_the_importer_lets_time_pass(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, "2026-11-23 09:00") as here:
        number = await here.receive(imported=True, at=instant(MONDAY))
        assert await here.tick("2026-11-23 09:01") == []
        loaded = await here.law.pass_time(number, CLERK, instant("2026-03-09 23:59:59"))
        assert loaded.state.phase is Phase.RECEIVED
        loaded = await here.law.pass_time(number, CLERK, instant("2026-03-11 00:00"))
        assert loaded.state.phase is Phase.ACCEPTED
        assert loaded.time == instant("2026-03-10 00:00"), "the law acted at its own instant"
        again = await here.law.pass_time(number, CLERK, instant("2026-03-11 00:00"))
        assert again.seq == loaded.seq
        stranger = Actor("A01", "340403101", None, frozenset({"integrator"}))
        with pytest.raises(NotFound):
            await here.law.pass_time(number, stranger, instant("2026-03-11 00:00"))
