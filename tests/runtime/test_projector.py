"""The projector on PostgreSQL: what is shown is what the log says, up to a known position."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from contracts.case import CaseReferred, StepStarted
from services.runtime.log import Log, Unanswered
from services.runtime.projector import Projector, all_reach
from services.runtime.row import Draft, Row
from tests.runtime.logs import HERE, THERE, draft, number, rows, running, steps, writing
from tests.runtime.views import TABLE, WorkRow, WorkView, counts, recounted, work

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool


@pytest.fixture
async def log(database: str) -> AsyncIterator[Log]:
    async with writing(database) as log:
        await log.pool.execute(TABLE)
        yield log


def follower(log: Log) -> Projector[WorkRow]:
    return Projector(log.pool, log.tide, WorkView())


async def caught_up(projector: Projector[WorkRow]) -> None:
    while await projector.step():
        continue


async def cut(pool: "Pool[Record]", row: Row) -> None:
    """A higher epoch took this row off the live branch."""
    await pool.execute("update log set live = false, superseded_at = now() where hash = $1", row.hash)


def assumed(after: Row, *told: str) -> Draft:
    """Events of the next epoch, by another unit."""
    events = [StepStarted(step=step) for step in told]
    return draft(rows(after.stream, events, after, unit=THERE, holder=THERE, epoch=after.epoch + 1))


async def test_what_was_appended_is_shown_and_counted(log: Log) -> None:
    view = follower(log)
    first = steps(number(1), 2)
    await log.append(first)
    await log.append(steps(number(2)))
    await caught_up(view)
    await log.append(steps(number(1), 1, first.rows[-1]))
    passed = CaseReferred(to=THERE, referral="transfer", reason="r")
    await log.append(draft(rows(number(3), [StepStarted(step="step-1"), passed], holder=THERE)))
    await caught_up(view)
    assert view.shown.pos == 6
    assert await work(log.pool) == {
        number(1): ["step-1", "step-2", "step-3"],
        number(2): ["step-1"],
        number(3): ["step-1"],
    }
    assert await counts(log.pool) == await recounted(log.pool)
    assert (await counts(log.pool))["holder", HERE] == 2


async def test_a_crash_between_view_and_checkpoint_leaves_neither(log: Log) -> None:
    view = follower(log)
    await log.append(steps(number(1)))
    await log.pool.execute(
        "create function crash() returns trigger language plpgsql as "
        "$$ begin raise exception 'killed here'; end $$;"
        "create trigger crash before update on checkpoint for each row when (new.pos > 0) execute function crash()"
    )
    with pytest.raises(Exception, match="killed here"):
        await view.step()
    assert (await work(log.pool), await counts(log.pool), view.shown.pos) == ({}, {}, 0)
    await log.pool.execute("drop trigger crash on checkpoint")
    await caught_up(follower(log))
    assert await work(log.pool) == {number(1): ["step-1"]}
    assert await counts(log.pool) == await recounted(log.pool)


async def test_another_process_goes_on_where_the_last_one_ended(log: Log) -> None:
    await log.append(steps(number(1)))
    await caught_up(follower(log))
    await log.append(steps(number(2)))
    again = follower(log)
    await caught_up(again)
    assert set(await work(log.pool)) == {number(1), number(2)}
    assert again.shown.pos == 2


async def test_two_processes_show_everything_once(log: Log) -> None:
    for n in range(40):
        await log.append(steps(number(n)))
    await asyncio.gather(*(caught_up(follower(log)) for _ in range(3)))
    assert len(await work(log.pool)) == 40
    assert await counts(log.pool) == await recounted(log.pool) == {("holder", HERE): 40, ("step", "step-1"): 40}


@pytest.mark.parametrize("seen", [True, False], ids=["shown before", "never shown"])
async def test_a_higher_epoch_folds_the_case_afresh(log: Log, seen: bool) -> None:
    view = follower(log)
    told = steps(number(1), 3)
    await log.append(told)
    if seen:
        await caught_up(view)
    await cut(log.pool, told.rows[1])
    await cut(log.pool, told.rows[2])
    await log.append(assumed(told.rows[0], "taken-over", "done"))
    await caught_up(view)
    assert await work(log.pool) == {number(1): ["step-1", "taken-over", "done"]}
    assert await counts(log.pool) == await recounted(log.pool)


async def test_a_second_higher_epoch_folds_afresh_again(log: Log) -> None:
    view = follower(log)
    told = steps(number(1), 2)
    await log.append(told)
    await cut(log.pool, told.rows[1])
    first = assumed(told.rows[0], "first", "lost")
    await log.append(first)
    await caught_up(view)
    await cut(log.pool, first.rows[1])
    await log.append(assumed(first.rows[0], "second"))
    await caught_up(view)
    assert await work(log.pool) == {number(1): ["step-1", "first", "second"]}
    assert await counts(log.pool) == await recounted(log.pool)


async def test_a_case_that_came_late_and_whole_is_folded_from_its_first_event(log: Log) -> None:
    told = steps(number(1), 3)
    await log.append(told)
    await log.append(steps(number(2)))
    await log.pool.execute("update log set live = false where stream = $1 and seq < 3", number(1))
    view = follower(log)
    await log.pool.execute("insert into checkpoint (follower, pos) values ('work', 2)")
    await log.pool.execute("update log set live = true")
    await caught_up(view)
    assert await work(log.pool) == {number(1): ["step-1", "step-2", "step-3"], number(2): ["step-1"]}


async def test_a_mistake_in_a_view_stops_it_and_skips_nothing(log: Log) -> None:
    shown = WorkView()
    shown.broken = True
    view = Projector(log.pool, log.tide, shown)
    async with running(view):
        await log.append(steps(number(1)))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(view.shown.reach(1), 0.3)
        assert (view.shown.pos, await work(log.pool)) == (0, {})
        shown.broken = False
        assert await view.shown.reach(1, 10)
    assert await work(log.pool) == {number(1): ["step-1"]}


async def test_a_reader_who_waits_sees_what_was_just_written(log: Log) -> None:
    told: list[int] = []
    view = Projector(log.pool, log.tide, WorkView(), lambda: told.append(view.shown.pos))
    async with running(view):
        for n in range(20):
            appended = await log.append(steps(number(n)))
            assert await all_reach([view.shown], appended.last, 5)
            assert number(n) in await work(log.pool)
        assert told[-1] == 20
        assert not await all_reach([view.shown], 21, 0.05)


async def test_a_database_that_was_away_is_waited_for(log: Log) -> None:
    view = Projector(log.pool, log.tide, WorkView())
    kill = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
    async with running(view):
        await log.append(steps(number(1)))
        await log.pool.execute(f"{kill} and pid <> pg_backend_pid()")
        with contextlib.suppress(Unanswered):
            await log.append(steps(number(2)))
        await log.append(steps(number(3)))
        assert await view.shown.reach(log.tide.pos, 10)
    assert number(3) in await work(log.pool)
