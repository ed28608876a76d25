"""Who follows the log is woken by what concerns him, and looks for himself where he was not told of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from contracts.case import CaseReferred, StepStarted
from contracts.events import type_name
from services.runtime.entry import CASES
from services.runtime.log import Log
from services.runtime.reactor import Reactor
from services.runtime.tide import Tide
from tests.runtime.logs import THERE, draft, number, rows, steps, writing
from tests.runtime.test_lately import PASS, STEP, passes
from tests.runtime.test_reactor import Seen


def test_one_that_is_filled_after_another_knows_the_same_of_as_much_as_it_holds() -> None:
    log = Tide()
    acknowledged = Tide(log.lately)
    log.fill(0, 2, {STEP})
    log.fill(2, 3, {PASS})
    acknowledged.rise(2)
    assert acknowledged.lately.lacks(0, acknowledged.pos, passes)
    acknowledged.rise(3)
    assert not acknowledged.lately.lacks(0, acknowledged.pos, passes)


async def test_what_concerns_nobody_goes_by_and_what_does_wakes_at_once() -> None:
    tide, gone = Tide(), list[int]()
    waiting = asyncio.ensure_future(tide.brings(passes, 0, 20, gone.append))
    for pos in range(3):
        tide.fill(pos, pos + 1, {STEP})
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert not waiting.done()
    tide.fill(3, 4, {PASS})
    assert await waiting
    assert gone == [1, 2, 3]


async def test_who_has_not_looked_for_so_long_looks_though_all_went_by() -> None:
    tide = Tide()
    tide.fill(0, 1, {STEP})
    assert not await tide.brings(passes, 0, 0.01)


@pytest.fixture
async def log(database: str) -> AsyncIterator[Log]:
    async with writing(database) as log:
        yield log


async def test_a_reactor_is_not_woken_by_what_it_does_not_react_to(log: Log) -> None:
    seen = Seen()
    follower = Reactor(log.pool, log.tide, "test", CASES, [type_name(StepStarted)], seen)
    first = rows(number(1), [CaseReferred(to=THERE, referral="transfer", reason="r")], holder=THERE)
    await follower.step()
    assert follower.done.pos == 0
    waiting = asyncio.ensure_future(follower.done.awaits(log.tide, follower.wanted, 20))
    await log.append(draft(first))
    assert await follower.done.reach(1, 5)
    assert not waiting.done()
    await log.append(steps(number(2)))
    assert await waiting
    assert await follower.step()
    assert [stream for stream, _ in seen.steps] == [number(2)]


async def test_what_went_by_one_process_is_still_there_for_the_next(log: Log) -> None:
    """The checkpoint in the database is not moved past what was not looked at."""
    seen = Seen()
    follower = Reactor(log.pool, log.tide, "test", CASES, [type_name(StepStarted)], seen)
    await follower.step()
    await log.append(steps(number(1)))
    # Told wrongly, as by a database that forgot what this process wrote and gave its position away.
    log.tide.fill(0, 1, {PASS})
    assert not await follower.done.awaits(log.tide, follower.wanted, 0.01)
    assert follower.done.pos == 1
    assert await follower.step()
    assert [stream for stream, _ in seen.steps] == [number(1)]
