"""Rebuild on PostgreSQL: beside the old view, while the office goes on; and what `differences` finds."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import asyncpg
import pytest

from contracts import case as c
from contracts.fields import Ciphertext
from services.office.case_view import CaseView
from services.runtime.database import MIGRATIONS, connect, migrate
from services.runtime.log import Log
from services.runtime.projector import Projector
from services.runtime.rebuild import differences, rebuild
from services.runtime.row import Row
from services.runtime.tide import Tide
from tests.runtime.logs import HERE, MORNING, THERE, draft, number, rows, running, steps, writing
from tests.runtime.views import OFFICE_VIEWS, TABLE, WorkView, counts, recounted, work

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

INDEXES = "select indexname, indexdef from pg_indexes where tablename = $1 order by indexname"


@pytest.fixture
async def log(database: str) -> AsyncIterator[Log]:
    async with writing(database, size=8) as log:
        await log.pool.execute(TABLE)
        yield log


async def shown(pool: "Pool[Record]", tide: Tide) -> None:
    """The view is caught up with the log."""
    projector = Projector(pool, tide, WorkView())
    while await projector.step():
        continue


async def many(log: Log, cases: int) -> None:
    await asyncio.gather(*(log.append(steps(number(n), 1 + n % 3)) for n in range(cases)))


async def test_a_view_that_was_spoiled_is_built_anew_and_equals_the_log(log: Log) -> None:
    await many(log, 50)
    await shown(log.pool, log.tide)
    before = await work(log.pool)
    indexes = [tuple(row) for row in await log.pool.fetch(INDEXES, "work")]
    await log.pool.execute("update work set done = '{}' where stream < $1", number(20))
    await log.pool.execute("delete from work where stream > $1", number(40))
    await log.pool.execute("update tally set n = n + 1")
    assert await differences(log.pool, WorkView())
    heard: list[int] = []
    assert await rebuild(log.pool, WorkView(), heard.append) == 50
    assert heard[-1] == 50
    assert await work(log.pool) == before
    assert await counts(log.pool) == await recounted(log.pool)
    assert await differences(log.pool, WorkView()) == []
    assert [tuple(row) for row in await log.pool.fetch(INDEXES, "work")] == indexes
    assert await log.pool.fetchval("select to_regclass('work_next')") is None
    assert await rebuild(log.pool, WorkView()) == 50
    assert [tuple(row) for row in await log.pool.fetch(INDEXES, "work")] == indexes


@pytest.mark.parametrize("page", [2, 3, 7])
async def test_cases_that_go_over_the_end_of_a_page_are_folded_whole(
    log: Log, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.runtime.rebuild.PAGE", page)
    first = steps(number(400), 9)
    await log.append(first)
    await many(log, 11)
    assert await rebuild(log.pool, WorkView()) == 12
    await shown(log.pool, log.tide)
    assert (await work(log.pool))[number(400)] == [f"step-{i}" for i in range(1, 10)]
    assert await differences(log.pool, WorkView()) == []


async def test_an_empty_log_gives_an_empty_view(log: Log) -> None:
    assert await rebuild(log.pool, WorkView()) == 0
    assert await differences(log.pool, WorkView()) == []


async def test_the_office_goes_on_while_its_view_is_built_anew(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.rebuild.NEAR", 20)
    monkeypatch.setattr("services.runtime.rebuild.PAGE", 50)
    await many(log, 200)
    projector = Projector(log.pool, log.tide, WorkView())
    rebuilt = asyncio.Event()
    seen: list[int] = []

    async def office(n: int) -> None:
        after: Row | None = None
        while not (rebuilt.is_set() and after is not None):
            one = steps(number(1000 + n), 2, after)
            appended = await log.append(one)
            after = one.rows[-1]
            assert await projector.shown.reach(appended.last, 20)
            seen.append(len((await work(log.pool))[after.stream]) - after.seq)

    async def rebuilding() -> None:
        for _ in range(3):
            await rebuild(log.pool, WorkView())
        rebuilt.set()

    async with running(projector):
        await asyncio.gather(rebuilding(), *(office(n) for n in range(4)))
        assert await projector.shown.reach(log.tide.pos, 10)
    assert set(seen) == {0}
    assert await differences(log.pool, WorkView()) == []
    assert await counts(log.pool) == await recounted(log.pool)


async def test_two_rebuilds_at_once_wait_for_each_other(log: Log) -> None:
    await many(log, 30)
    assert await asyncio.gather(*(rebuild(log.pool, WorkView()) for _ in range(3))) == [30] * 3
    assert await differences(log.pool, WorkView()) == []


async def test_a_rebuild_that_was_killed_leaves_the_old_view_and_can_be_done_again(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.runtime.rebuild.PAGE", 8)
    await many(log, 30)
    await shown(log.pool, log.tide)
    before = await work(log.pool)

    def killed(rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await rebuild(log.pool, WorkView(), killed)
    assert await work(log.pool) == before
    assert await rebuild(log.pool, WorkView()) == 30
    assert await differences(log.pool, WorkView()) == []


async def test_a_long_reader_of_the_old_view_does_not_make_others_queue_behind_the_swap(log: Log) -> None:
    await many(log, 10)
    projector = Projector(log.pool, log.tide, WorkView())
    async with running(projector):
        await projector.shown.reach(log.tide.pos, 5)
        async with log.pool.acquire() as reader, reader.transaction():
            await reader.fetch("select from work")
            rebuilding = asyncio.ensure_future(rebuild(log.pool, WorkView()))
            appended = await log.append(steps(number(500)))
            assert await projector.shown.reach(appended.last, 10)
            assert number(500) in await work(log.pool)
            assert not rebuilding.done()
        await rebuilding
    assert await differences(log.pool, WorkView()) == []


async def test_a_changed_row_and_a_wrong_count_and_a_row_of_no_case_are_found(log: Log) -> None:
    await many(log, 12)
    await shown(log.pool, log.tide)
    assert await differences(log.pool, WorkView()) == []
    await log.pool.execute("update work set holder = $1 where stream = $2", THERE, number(5))
    found = await differences(log.pool, WorkView())
    assert number(5) in found
    assert {f"count holder/{HERE}", f"count holder/{THERE}"} <= set(found)
    await log.pool.execute("update work set holder = $1 where stream = $2", HERE, number(5))
    await log.pool.execute("update tally set n = n - 1 where name = 'step' and key = 'step-2'")
    assert await differences(log.pool, WorkView()) == ["count step/step-2"]
    await log.pool.execute("update tally set n = n + 1 where name = 'step' and key = 'step-2'")
    await log.pool.execute("insert into work select 'nobody', seq, epoch, holder, '{}', last from work limit 1")
    found = await differences(log.pool, WorkView())
    assert found[0] == "1 rows of no stream"
    await log.pool.execute("delete from work where stream in ('nobody', $1)", number(3))
    assert number(3) in await differences(log.pool, WorkView())


async def test_a_view_that_is_behind_is_not_called_wrong_but_a_spoiled_one_is(log: Log) -> None:
    told = steps(number(1), 2)
    await log.append(told)
    await many(log, 1)
    await shown(log.pool, log.tide)
    await log.append(steps(number(1), 2, told.rows[-1]))
    await log.append(steps(number(7)))
    assert await differences(log.pool, WorkView()) == []
    await log.pool.execute("update tally set n = n + 1 where key = 'step-2'")
    assert await differences(log.pool, WorkView()) == ["count step/step-2"]


async def test_a_check_begun_before_a_swap_is_not_deceived_by_it(log: Log) -> None:
    await many(log, 40)
    await shown(log.pool, log.tide)
    found = await asyncio.gather(
        *(f for _ in range(3) for f in (rebuild(log.pool, WorkView()), differences(log.pool, WorkView())))
    )
    assert found == [40, []] * 3


def life(n: int, until: int) -> list[Row]:
    """A real case: received, accepted, referred to the other unit, granted there, returned and delivered."""
    received = c.CaseReceived(item="licence", item_version=1, channel="window", applicant=Ciphertext("v1." + "A" * 60))
    told: list[tuple[c.CaseEvent, str, str]] = [
        (received, HERE, HERE),
        (c.CaseClaimed(person="A01"), HERE, HERE),
        (c.CaseAccepted(accepted_on=MORNING.date()), HERE, HERE),
        (c.StepCompleted(step="review", outcome="done"), HERE, HERE),
        (c.CaseReferred(to=THERE, referral="transfer", reason="r"), HERE, THERE),
        (c.HandoverArrived(handover="0" * 64), THERE, THERE),
        (c.ReferralAcknowledged(person="B01"), THERE, THERE),
        (c.CaseDecided(outcome="granted"), THERE, THERE),
        (c.CaseConcluded(outcome="issued"), THERE, THERE),
        (c.CaseReturned(to=HERE, purpose="deliver_result"), THERE, HERE),
        (c.HandoverArrived(handover="0" * 64), HERE, HERE),
        (c.ResultDelivered(how="window"), HERE, HERE),
    ]
    found: list[Row] = []
    for event, unit, holder in told[:until]:
        (row,) = rows(number(n), [event], found[-1] if found else None, unit=unit, holder=holder)
        found.append(row)
    return found


async def test_the_view_of_cases_is_the_same_however_it_was_made(database: str) -> None:
    async with writing(database) as log:
        async with log.pool.acquire() as connection:
            await migrate(connection, (MIGRATIONS, OFFICE_VIEWS))
        projector = Projector(log.pool, log.tide, CaseView())
        for n in range(13):
            for row in life(n, n):
                await log.append(draft((row,)))
                await projector.step()
        assert await differences(log.pool, CaseView()) == []
        every = "select * from cases order by stream"
        step_by_step = [dict(row) for row in await log.pool.fetch(every)]
        assert await rebuild(log.pool, CaseView()) == 12
        assert [dict(row) for row in await log.pool.fetch(every)] == step_by_step
        assert await differences(log.pool, CaseView()) == []
        last = step_by_step[-1]
        assert (last["phase"], last["closed"], last["arrived"], last["steps"]) == ("delivered", True, True, 1)
        assert (last["path"], last["passes"]) == ([HERE, THERE, HERE], ["transfer", "deliver_result"])
        assert last["accepted_by"] == "A01"


async def test_a_joint_case_of_which_a_part_is_decided_is_shown_as_accepted(database: str) -> None:
    async with writing(database) as log:
        async with log.pool.acquire() as connection:
            await migrate(connection, (MIGRATIONS, OFFICE_VIEWS))
        begun = life(1, 4)
        part = rows(number(1), [c.CaseDecided(outcome="granted", part="fire-safety")], begun[-1])
        for row in (*begun, *part):
            await log.append(draft((row,)))
        await Projector(log.pool, log.tide, CaseView()).step()
        shown = await log.pool.fetchrow("select phase, outcome, seq from cases")
        assert shown is not None
        assert tuple(shown) == ("accepted", None, 5)


async def test_a_rebuild_needs_no_more_than_the_service_pool(database: str) -> None:
    async with writing(database) as log:
        await log.pool.execute(TABLE)
        await many(log, 5)
        async with await connect(database, size=2) as small:
            assert await rebuild(small, WorkView()) == 5
        with pytest.raises(asyncpg.PostgresError):
            await log.pool.execute("select from work_next")
