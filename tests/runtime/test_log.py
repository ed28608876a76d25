"""The log on PostgreSQL: who wins, who loses, and that no reader is ever misled."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import asyncpg
import pytest

from contracts.case import CaseReferred, CustodyAssumed, StepStarted
from services.runtime.companion import Companion
from services.runtime.database import connect
from services.runtime.log import (
    COPY_FROM,
    Appended,
    CommandSeen,
    Fenced,
    HeadMoved,
    Log,
    NotTheHolder,
    NotWritable,
    Unanswered,
)
from services.runtime.row import Draft, Row
from services.runtime.tide import Tide
from tests.runtime.logs import HERE, THERE, draft, number, outcomes, rows, running, steps, stored, with_value, writing

BESIDE = "insert into beside (what) select w from unnest($1::text[]) as w"
EVERYTHING = (
    "pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, prev, hash, topic"
)


@pytest.fixture
async def log(database: str) -> AsyncIterator[Log]:
    async with writing(database) as log:
        yield log


async def test_positions_are_consecutive_whoever_appends(log: Log) -> None:
    appended = await outcomes(log, [steps(number(n), 1 + n % 3) for n in range(200)])
    assert all(isinstance(a, Appended) for a in appended)
    positions = [p for p, *_ in await stored(log.pool)]
    assert positions == list(range(1, len(positions) + 1))
    assert log.tide.pos == len(positions)
    for a, n in zip(appended, range(200), strict=True):
        assert isinstance(a, Appended)
        assert a.last - a.first == n % 3


@pytest.mark.parametrize("others", [2, COPY_FROM + 2])
async def test_one_that_loses_its_compare_and_set_loses_alone_and_leaves_no_gap(log: Log, others: int) -> None:
    first = steps(number(0))
    await log.append(first)
    late = steps(number(0), key="late")
    found = await outcomes(log, [*(steps(number(n)) for n in range(1, others)), late, steps(number(others))])
    assert isinstance(found[others - 1], HeadMoved)
    assert sum(isinstance(f, Appended) for f in found) == others
    assert [p for p, *_ in await stored(log.pool)] == list(range(1, others + 2))


async def test_the_same_key_is_appended_once(log: Log) -> None:
    found = await outcomes(log, [steps(number(n), key="same") for n in range(50)])
    assert [type(f) for f in found] == [Appended] + [CommandSeen] * 49
    assert len(await stored(log.pool)) == 1


async def test_drafts_of_one_stream_queue_behind_each_other(log: Log) -> None:
    first = steps(number(1))
    second = steps(number(1), after=first.rows[-1])
    third = steps(number(1), after=second.rows[-1])
    assert await outcomes(log, [first, second, third]) == [Appended(1, 1), Appended(2, 2), Appended(3, 3)]


@pytest.mark.parametrize("others", [3, COPY_FROM + 3])
async def test_a_batch_of_losers_writes_nothing_and_moves_nothing(log: Log, others: int) -> None:
    await outcomes(log, [steps(number(n)) for n in range(others)])
    found = await outcomes(log, [steps(number(n), key=f"late-{n}") for n in range(others)])
    assert {type(f) for f in found} == {HeadMoved}
    assert await log.append(steps(number(others))) == Appended(others + 1, others + 1)


async def test_what_comes_with_a_draft_is_written_for_winners_only(log: Log) -> None:
    await log.pool.execute("create table beside (what text)")
    kept = replace(steps(number(1)), companions=(Companion(BESIDE, ("kept",)), Companion(BESIDE, ("also",))))
    lost = replace(steps(number(2), after=kept.rows[0]), companions=(Companion(BESIDE, ("lost",)),))
    found = await outcomes(log, [kept, lost])
    assert [type(f) for f in found] == [Appended, HeadMoved]
    assert {row["what"] for row in await log.pool.fetch("select what from beside")} == {"kept", "also"}


async def test_statement_and_copy_store_the_same(log: Log) -> None:
    one = [replace(steps(number(n), 2), mac=b"m" * 32) for n in range(3)]
    await outcomes(log, one)
    by_statement = await stored(log.pool, EVERYTHING + ", mac, live, superseded_at")
    await log.pool.execute("truncate log; update log_head set pos = 0")
    many = [*one, *(steps(number(n)) for n in range(100, 100 + COPY_FROM))]
    await outcomes(log, many)
    assert (await stored(log.pool, EVERYTHING + ", mac, live, superseded_at"))[:6] == by_statement


def too_big_for_postgres(n: int) -> Draft:
    return with_value(steps(number(n)), seq=2**40)


def refused_by_postgres(n: int) -> Draft:
    return with_value(steps(number(n)), actor="a\0b")


def no_bytes(n: int) -> Draft:
    return with_value(steps(number(n)), value="text")


@pytest.mark.parametrize("wrong", [too_big_for_postgres, refused_by_postgres, no_bytes])
@pytest.mark.parametrize("others", [2, COPY_FROM + 2])
async def test_a_draft_that_the_database_refuses_takes_no_other_with_it(
    log: Log, wrong: Callable[[int], Draft], others: int
) -> None:
    found = await outcomes(log, [*(steps(number(n)) for n in range(others)), wrong(others)])
    assert all(isinstance(f, Appended) for f in found[:others])
    assert isinstance(found[others], Exception)
    assert not isinstance(found[others], Unanswered)
    assert [p for p, *_ in await stored(log.pool)] == list(range(1, others + 1))
    assert isinstance(await log.append(steps(number(others + 1))), Appended)


async def test_a_stale_writer_is_fenced_by_the_runtime_alone(log: Log) -> None:
    begun = steps(number(1))
    passed = draft(
        rows(number(1), [CaseReferred(to=THERE, referral="transfer", reason="r")], begun.rows[-1], holder=THERE)
    )
    stale = draft(rows(number(1), [StepStarted(step="stale")], passed.rows[-1], unit=HERE))
    await outcomes(log, [begun, passed])
    with pytest.raises(NotTheHolder):
        await log.append(stale)
    await log.append(draft(rows(number(1), [StepStarted(step="there")], passed.rows[-1], unit=THERE)))


async def test_nothing_is_written_under_an_epoch_below_the_fence(log: Log) -> None:
    begun = steps(number(1))
    await log.append(begun)
    await log.pool.execute("insert into fence (stream, epoch) values ($1, 1)", number(1))
    with pytest.raises(Fenced):
        await log.append(steps(number(1), after=begun.rows[-1]))
    assumed = rows(
        number(1), [CustodyAssumed(order="o-1", reason="r")], begun.rows[-1], unit="340400", holder="340400", epoch=1
    )
    await log.append(draft(assumed))
    late = rows(number(1), [StepStarted(step="late")], assumed[-1], unit="340400", holder="340400", epoch=0)
    await log.pool.execute("delete from fence")
    with pytest.raises(Fenced):
        await log.append(draft(late))


async def test_a_closed_log_takes_nothing_and_says_why(log: Log) -> None:
    log.close("reading back what it had said")
    with pytest.raises(NotWritable, match="reading back"):
        await log.append(steps(number(1)))
    log.open()
    await log.append(steps(number(1)))


async def test_stopping_answers_everybody_who_waits(database: str) -> None:
    async with writing(database) as log:
        waiting = [asyncio.ensure_future(log.append(steps(number(n)))) for n in range(1500)]
        await asyncio.sleep(0)
    assert [type(f) for f in await asyncio.gather(*waiting, return_exceptions=True)] == [Appended] * 1500
    with pytest.raises(NotWritable):
        await log.append(steps(number(9000)))


async def test_one_who_gives_up_waiting_is_written_and_nobody_else_suffers(log: Log) -> None:
    async with log.pool.acquire() as other, other.transaction():
        await other.execute("select from log_head for update")
        waiting = [asyncio.ensure_future(log.append(steps(number(n)))) for n in range(3)]
        await asyncio.sleep(0)
        waiting[1].cancel()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(f) for f in found] == [Appended, asyncio.CancelledError, Appended]
    assert len(await stored(log.pool)) == 3


async def test_a_connection_killed_in_a_batch_leaves_it_unanswered_and_the_next_one_is_written(log: Log) -> None:
    async with log.pool.acquire() as other, other.transaction():
        await other.execute("select from log_head for update")
        waiting = asyncio.ensure_future(log.append(steps(number(1))))
        await _kill_who_waits(log)
        with pytest.raises(Unanswered):
            await waiting
    assert await log.append(steps(number(1))) == Appended(1, 1)


async def test_connections_that_died_while_nobody_wrote_cost_nobody_an_answer(log: Log) -> None:
    await log.append(steps(number(0)))
    await asyncio.gather(*(log.pool.execute("select pg_sleep(0.1)") for _ in range(3)))
    kill = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()"
    await log.pool.execute(kill, await log.pool.fetchval("select current_database()"))
    with pytest.raises(Unanswered):
        await log.append(steps(number(1)))
    assert await log.append(steps(number(2))) == Appended(2, 2)


async def _kill_who_waits(log: Log) -> None:
    """End the sessions that wait for a lock, as soon as there is one."""
    kill = (
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'"
    )
    database = await log.pool.fetchval("select current_database()")
    while not await log.pool.fetchval(kill, database):
        continue


async def test_readers_never_skip_while_sixty_four_append(log: Log) -> None:
    async def appender(n: int) -> None:
        after: Row | None = None
        for _ in range(12):
            one = steps(number(n), 1 + n % 2, after)
            await log.append(one)
            after = one.rows[-1]

    async def reader() -> list[int]:
        seen: list[int] = []
        while True:
            last = writers.done()
            head = await log.pool.fetchval("select pos from log_head")
            seen += [r["pos"] for r in await log.pool.fetch(
                "select pos from log where pos > $1 and pos <= $2 order by pos", seen[-1] if seen else 0, head
            )]  # fmt: skip
            assert len(seen) == head
            if last:
                return seen

    writers = asyncio.gather(*(appender(n) for n in range(64)))
    first, second = await asyncio.gather(reader(), reader())
    await writers
    assert first == second == list(range(1, 32 * 12 + 32 * 24 + 1))


async def test_two_processes_append_to_one_log(log: Log, database: str) -> None:
    async with await connect(database, size=2) as pool:
        other = Log(pool, Tide())
        other.open()
        async with running(other):
            heads = [steps(number(n)) for n in range(40)]
            both = await asyncio.gather(
                outcomes(log, heads), outcomes(other, [steps(number(n), key=f"other-{n}") for n in range(40)])
            )
    for mine, theirs in zip(*both, strict=True):
        assert {type(mine), type(theirs)} == {Appended, HeadMoved}
    found = await stored(log.pool)
    assert [p for p, *_ in found] == list(range(1, 41))
    assert len({s for _, s, _ in found}) == 40


async def test_a_position_belongs_to_the_row_that_was_promised_it(log: Log) -> None:
    drafts = [steps(number(n)) for n in range(120)]
    for d, answer in zip(drafts, await outcomes(log, drafts), strict=True):
        assert isinstance(answer, Appended)
        assert await log.pool.fetchval("select hash from log where pos = $1", answer.first) == d.rows[0].hash


async def test_the_same_record_twice_is_refused_by_the_database(log: Log) -> None:
    one = steps(number(1))
    await log.append(one)
    await log.pool.execute("update log set live = false")
    with pytest.raises(asyncpg.UniqueViolationError):
        await log.append(replace(one, command=b"\1" * 32, rows=(one.rows[0]._replace(command=b"\1" * 32),)))
