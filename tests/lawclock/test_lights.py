"""Boards count lights by day: a light turns at midnight, and nobody touches a row for it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.casework.case import Case
from services.office.bodies import BODIES
from services.office.deadline_check import differences, rebuild
from services.office.deadlines import Deadlines, lights
from services.runtime.fold import Loaded
from tests.casework.dated import instant
from tests.lawclock.office import CLERK, Office, office
from tests.office.story import TOWNSHIP
from tests.runtime.logs import running

if TYPE_CHECKING:
    from services.runtime.companion import Connected

MONDAY = "2026-03-02 09:00"


async def shown(here: Office, day: date) -> dict[str, int]:
    """The lights of the township's open cases on this day, by the counts alone."""
    rows = await here.log.pool.fetch("select key, n from tally where view = 'deadline' and name = 'light' and n <> 0")
    return dict(lights(((row["key"], row["n"]) for row in rows), day).get(TOWNSHIP, {}))


async def test_what_comes_in_green_turns_amber_and_red_by_itself(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        for _ in range(3):
            await here.receive()
        assert await shown(here, date(2026, 3, 5)) == {"green": 3}
        assert await shown(here, date(2026, 3, 6)) == {"amber": 3}, "four of five days"
        assert await shown(here, date(2026, 3, 9)) == {"amber": 3}, "the last day"
        assert await shown(here, date(2026, 3, 10)) == {"red": 3}


async def test_counts_follow_what_happens_to_each_case(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        one, two = await here.receive(), await here.receive()
        await here.act(one, "withdraw")
        assert await shown(here, date(2026, 3, 2)) == {"green": 1}
        await here.act(two, "accept")
        await here.act(two, "suspend", ground="testing", expected_days=3, notice="n-1")
        assert await shown(here, date(2026, 3, 5)) == {"paused": 1}
        assert await shown(here, date(2026, 3, 6)) == {"amber": 1}, "three days were told, and they are over"
        await here.act(two, "resume")
        assert await shown(here, date(2026, 3, 2)) == {"green": 1}


async def test_history_from_a_file_keeps_the_light_of_its_last_event(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path, "2026-11-23 09:00") as here:
        number = await here.receive(imported=True, at=instant(MONDAY))
        assert await shown(here, date(2026, 11, 23)) == {"green": 1}
        await here.act(number, "start_step", step="review", at=instant("2026-03-09 12:00"))
        assert await shown(here, date(2026, 11, 23)) == {"amber": 1}


async def test_who_is_far_behind_does_not_wait_between_batches(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        for _ in range(5):
            await here.receive()
        await rebuild(here.log.pool)
        monkeypatch.setattr("services.office.deadlines.PAGE", 1)
        monkeypatch.setattr("services.office.deadlines.GATHER", 60)
        late = Deadlines(here.log.pool, here.log.tide, here.cases.commands, here.keeper, frozenset({TOWNSHIP}))
        async with running(late, here.keeper):
            assert await late.shown.reach(here.log.tide.pos, 10)
        assert await shown(here, date(2026, 3, 5)) == {"green": 5}


class Looks(Deadlines):
    """Remembers which cases it looked at."""

    cases: list[str]

    async def refresh(self, connection: "Connected", streams: Iterable[str]) -> dict[str, Loaded[Case]]:
        names = list(streams)
        self.cases += names
        return await super().refresh(connection, names)


async def test_who_builds_the_limits_anew_looks_at_each_case_once_and_at_what_moves_meanwhile_again(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        numbers = [await here.receive() for _ in range(3)]
        for act in ("accept", "claim", "release"):
            for number in numbers:
                await here.act(number, act)
        before = [await here.row(number) for number in numbers]
        await rebuild(here.log.pool)
        monkeypatch.setattr("services.office.deadlines.PAGE", 1)
        anew = Looks(here.log.pool, here.log.tide, here.cases.commands, here.keeper, frozenset({TOWNSHIP}))
        anew.cases = []
        assert await anew.step()
        assert anew.cases == numbers[:1]
        await here.acts.perform("claim", numbers[1], CLERK, "meanwhile", None, BODIES["claim"]())
        await here.keeper.caught_up()
        while await anew.step():
            pass
        assert anew.cases == [*numbers, numbers[1]]
        after = [await here.row(number) for number in numbers]
        assert [{**row, "seq": 0} for row in before if row] == [{**row, "seq": 0} for row in after if row]
        assert [one for one in await differences(here.log.pool) if one.startswith(TOWNSHIP)] == []


async def test_rows_and_counts_are_what_a_fresh_fold_says_and_a_changed_row_is_found(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        for _ in range(5):
            await here.receive()
        assert await here.tick("2026-03-09 09:00") == ["CaseUrged"] * 5
        assert await differences(here.log.pool) == []
        await here.log.pool.execute("update deadline set due = due + interval '1 day' where stream like '%-0003'")
        bad = await differences(here.log.pool)
        assert [one[-5:] for one in bad if one.startswith(TOWNSHIP)] == ["-0003"]
        assert any(one.startswith("count ") for one in bad)
        await rebuild(here.log.pool)
        await here.seen()
        assert [one for one in await differences(here.log.pool) if one.startswith(TOWNSHIP)] == []


async def test_a_case_that_came_before_its_item_gets_its_limits_when_the_item_is_there(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, MONDAY) as here:
        number = await here.receive()
        known, here.keeper.book = here.keeper.book, replace(here.keeper.book, items={})
        await rebuild(here.log.pool)
        while await here.deadlines.step():
            pass
        row = await here.row(number)
        assert row is not None
        assert (row["clock"], row["due"]) == ("unknown", None)
        here.keeper.book = known
        await here.deadlines.step()
        row = await here.row(number)
        assert row is not None
        assert row["clock"] == "notice"
