"""The reactor on PostgreSQL: what nobody decides is done once, in order, whatever fails on the way."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from contracts.case import CaseReferred, HandoverArrived, StepStarted
from contracts.events import type_name
from services.runtime.commands import Commands, Decided, Order
from services.runtime.entry import CASES, Entry
from services.runtime.log import Log, NotWritable
from services.runtime.reactor import Reactor, reaction
from tests.runtime.logs import FEED, HERE, MORNING, THERE, draft, number, rows, running, steps, stored, writing
from tests.runtime.test_commands import DiaryFold, case_key

STEP = type_name(StepStarted)


@pytest.fixture
async def log(database: str) -> AsyncIterator[Log]:
    async with writing(database) as log:
        yield log


class Seen:
    """Remembers what it was told; fails when told to."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str]] = []
        self.fails: list[Exception] = []

    async def __call__(self, entry: Entry) -> None:
        if self.fails:
            raise self.fails.pop()
        assert isinstance(entry.event, StepStarted)
        self.steps.append((entry.stream, entry.event.step))


def reactor(log: Log, react: Seen) -> Reactor:
    return Reactor(log.pool, log.tide, "test", CASES, [STEP], react)


async def test_each_row_is_reacted_to_in_the_order_of_its_case(log: Log) -> None:
    seen = Seen()
    for n in range(3):
        one = steps(number(n), 2)
        await log.append(one)
        await log.append(steps(number(n), 2, one.rows[-1]))
    follower = reactor(log, seen)
    assert await follower.step()
    assert not await follower.step()
    assert len(seen.steps) == 12
    for n in range(3):
        assert [s for c, s in seen.steps if c == number(n)] == ["step-1", "step-2", "step-3", "step-4"]
    assert not await reactor(log, seen).step()


async def test_only_what_it_asked_for_is_brought_to_it(log: Log) -> None:
    seen = Seen()
    passed = CaseReferred(to=THERE, referral="transfer", reason="r")
    await log.append(draft(rows(number(1), [StepStarted(step="a"), passed], holder=THERE)))
    follower = reactor(log, seen)
    await follower.step()
    assert seen.steps == [(number(1), "a")]
    assert follower.done.pos == 2


@pytest.mark.parametrize("error", [NotWritable("restored"), OSError("away"), ZeroDivisionError("a mistake")])
async def test_what_failed_is_done_again_and_nothing_is_skipped(log: Log, error: Exception) -> None:
    seen = Seen()
    seen.fails = [error]
    async with running(reactor(log, seen)):
        appended = await log.append(steps(number(1), 2))
        await log.append(steps(number(2)))
        while len(set(seen.steps)) < 3:
            await log.tide.past(appended.last + 1, 0.02)
    assert [s for c, s in seen.steps if c == number(1)][-2:] == ["step-1", "step-2"]


async def test_an_act_that_nobody_decides_is_written_once_however_often_it_is_tried(log: Log) -> None:
    commands = Commands(log, DiaryFold(), case_key, lambda: MORNING)

    async def arrives(entry: Entry) -> None:
        events = [HandoverArrived(handover=entry.hash.hex())]
        command = reaction(THERE, "arrive", entry.hash, entry.epoch)
        await commands.perform(
            Order(entry.stream, THERE, "service", command, None, FEED, lambda loaded: Decided(events, MORNING))
        )

    passed = CaseReferred(to=THERE, referral="transfer", reason="r")
    await log.append(draft(rows(number(1), [StepStarted(step="a"), passed], holder=THERE)))
    kinds = [type_name(CaseReferred)]
    for name in ("first", "lost-its-checkpoint"):
        await Reactor(log.pool, log.tide, name, CASES, kinds, arrives).step()
    both = [Reactor(log.pool, log.tide, f"beside-{i}", CASES, kinds, arrives) for i in range(5)]
    await asyncio.gather(*(r.step() for r in both))
    assert [t for (t,) in await stored(log.pool, "type")] == [
        STEP, type_name(CaseReferred), type_name(HandoverArrived)
    ]  # fmt: skip


def test_the_same_row_is_reacted_to_anew_in_another_epoch_and_for_another_act() -> None:
    row = b"h" * 32
    assert reaction(HERE, "arrive", row, 0) == reaction(HERE, "arrive", row, 0)
    others = {reaction(HERE, "arrive", row, 1), reaction(THERE, "arrive", row, 0), reaction(HERE, "recall", row, 0)}
    assert len(others | {reaction(HERE, "arrive", row, 0)}) == 4
