"""A calendar that is amended moves open limits, and each case says so; what was shown before stays to be seen."""

from datetime import date
from pathlib import Path

from contracts.case import DeadlineRecomputed
from contracts.reference import CalendarAmended, DayMark
from services.casework.limits import limits
from tests.casework.dated import instant
from tests.casework.notices import published
from tests.lawclock.office import Office, office
from tests.runtime.logs import running

MONDAY = "2026-03-02 09:00"
AMENDMENT = CalendarAmended(
    calendar_version="2026.2", marks=(DayMark(day=date(2026, 3, 4), work=False, name="flood"),), reason="flood"
)


async def moved(here: Office, *numbers: str) -> list[list[DeadlineRecomputed]]:
    """What was journalled on each of these cases, once the recomputing has ended."""
    async with running(here.recomputing):
        ended = "select count(*) filter (where done is not null) from recompute"
        while await here.log.pool.fetchval(ended) < len(here.keeper.changes):
            await here.log.tide.past(here.log.tide.pos, 0.05)
    await here.seen()
    return [[e for e in await here.events(number) if isinstance(e, DeadlineRecomputed)] for number in numbers]


async def test_each_open_limit_that_moved_is_journalled_with_old_day_new_day_and_reason(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        open_one, ended = await here.receive(), await here.receive()
        await here.act(ended, "withdraw")
        imported = await here.receive(imported=True, at=instant(MONDAY))
        here.hands.at = instant("2026-03-03 10:00")
        await here.amend("calendar/2026", published(2026), AMENDMENT)
        journal, nothing, left_alone = await moved(here, open_one, ended, imported)
        assert journal == [
            DeadlineRecomputed(
                calendar="2026.2",
                clock="notice",
                old=date(2026, 3, 9),
                new=date(2026, 3, 10),
                reason="calendar_amended",
            )
        ]
        assert (nothing, left_alone) == ([], [])
        row = await here.row(open_one)
        assert row is not None
        assert row["due"] == instant("2026-03-11 00:00")
        state = await here.log.pool.fetchrow("select looked, moved, total from recompute order by pos desc limit 1")
        assert tuple(state) == (2, 1, 2)  # type: ignore[arg-type]


async def test_looking_again_journals_nothing_twice(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        number = await here.receive()
        here.hands.at = instant("2026-03-03 10:00")
        await here.amend("calendar/2026", published(2026), AMENDMENT)
        await moved(here)
        await here.log.pool.execute("update recompute set done = null, upto = '', looked = 0")
        assert len((await moved(here, number))[0]) == 1


async def test_a_calendar_amended_while_time_is_suspended_is_journalled_once_time_counts_again(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        number = await here.receive()
        await here.act(number, "accept")
        here.hands.at = instant("2026-03-02 11:00")
        await here.act(number, "suspend", ground="testing", expected_days=5, notice="N-1")
        here.hands.at = instant("2026-03-03 10:00")
        await here.amend("calendar/2026", published(2026), AMENDMENT)
        assert await moved(here, number) == [[]]
        assert await here.tick("2026-03-03 11:00") == []
        here.hands.at = instant("2026-03-03 12:00")
        await here.act(number, "resume")
        # 3 March is suspended and the 4th off: 5 6 9 10 11 instead of 4 5 6 9 10.
        assert await here.tick("2026-03-03 12:01") == ["DeadlineRecomputed", "DeadlineRecomputed"]
        journal = [event for event in await here.events(number) if isinstance(event, DeadlineRecomputed)]
        assert {(e.clock, e.old, e.new) for e in journal} == {
            ("statutory", date(2026, 3, 31), date(2026, 4, 1)),
            ("committed", date(2026, 3, 10), date(2026, 3, 11)),
        }
        assert await here.tick("2026-03-03 12:02") == []
        await moved(here)
        assert len(await here.events(number)) == 6


async def test_each_of_two_amendments_while_time_is_suspended_is_journalled(database: str, tmp_path: Path) -> None:
    second = AMENDMENT.model_copy(
        update={"calendar_version": "2026.3", "marks": (DayMark(day=date(2026, 3, 5), work=False, name="flood"),)}
    )
    async with office(database, tmp_path, MONDAY) as here:
        number = await here.receive()
        await here.act(number, "accept")
        await here.act(number, "suspend", ground="testing", expected_days=5, notice="N-1")
        here.hands.at = instant("2026-03-03 10:00")
        await here.amend("calendar/2026", published(2026), AMENDMENT, second)
        here.hands.at = instant("2026-03-03 12:00")
        await here.act(number, "resume")
        await here.tick("2026-03-03 12:01")
        journal = [event for event in await here.events(number) if isinstance(event, DeadlineRecomputed)]
        committed = [(e.calendar, e.old.day, e.new.day) for e in journal if e.clock == "committed"]
        assert committed == [("2026.2", 10, 11), ("2026.3", 11, 12)]


async def test_what_was_shown_before_the_amendment_is_shown_again_when_that_instant_is_asked_for(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        number = await here.receive()
        here.hands.at = instant("2026-03-03 10:00")
        await here.amend("calendar/2026", published(2026), AMENDMENT)
        loaded = await here.cases.commands.load(number)
        assert loaded is not None
        before, after = instant("2026-03-03 09:00"), instant("2026-03-03 11:00")
        days = [limits(loaded.state.times, here.keeper.as_of(at), at)[0].last_day for at in (before, after)]
        assert days == [date(2026, 3, 9), date(2026, 3, 10)]
