"""Commands on PostgreSQL: one act once, whatever was remembered and whoever races."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from contracts.case import CaseReferred, StepCompleted, StepStarted
from contracts.catalogue import event_of
from contracts.envelope import command_id, read
from contracts.events import Event
from contracts.fields import Plain
from contracts.stamp import Stamped
from services.runtime.commands import BodyDiffers, Commands, Contended, Decided, Done, Order, Superseded
from services.runtime.fold import Custody, Loaded
from services.runtime.log import Log
from services.runtime.sealed_events import open_event
from services.runtime.sealing import new_case_key
from tests.runtime.logs import FEED, HERE, MORNING, THERE, draft, number, rows, stored, writing

CASE_KEY = new_case_key()
CASE = number(1)


class Refused(Exception):
    """The office's rules forbid it."""


@dataclass(frozen=True)
class Diary:
    """What was done, and who holds."""

    holder: str
    epoch: int = 0
    term: int = 0
    done: tuple[str, ...] = ()
    stamps: tuple[Stamped, ...] = field(default=(), compare=False)


class DiaryFold:
    def evolve(self, state: Diary | None, event: Event, stamp: Stamped) -> Diary:
        diary = state or Diary(stamp.unit)
        match event:
            case StepStarted(step=step) | StepCompleted(step=step):
                diary = replace(diary, done=(*diary.done, step))
            case CaseReferred(to=to):
                diary = replace(diary, holder=to, term=diary.term + 1)
            case _:
                pass
        return replace(diary, stamps=(*diary.stamps, stamp))

    def custody(self, state: Diary) -> Custody:
        return Custody(state.holder, state.epoch, state.term)


async def case_key(stream: str) -> bytes:
    return CASE_KEY


@pytest.fixture
async def log(database: str) -> AsyncIterator[Log]:
    async with writing(database) as log:
        yield log


def office(log: Log) -> Commands[Diary]:
    """One process of the office, remembering nothing yet."""
    return Commands(log, DiaryFold(), case_key, lambda: MORNING)


def order(
    key: str,
    decide: Callable[[Loaded[Diary] | None], Sequence[Event]],
    *,
    stream: str = CASE,
    unit: str = HERE,
    mac: bytes = b"one body",
    at: datetime = MORNING,
) -> Order[Diary]:
    return Order(stream, unit, "A01", command_id(unit, key), mac, FEED, lambda loaded: Decided(decide(loaded), at))


def step(name: str) -> Callable[[Loaded[Diary] | None], Sequence[Event]]:
    """Does the step, whatever was done before."""
    return lambda loaded: [StepStarted(step=name)]


def step_once(name: str) -> Callable[[Loaded[Diary] | None], Sequence[Event]]:
    """Does the step; one that was done is refused."""

    def decide(loaded: Loaded[Diary] | None) -> Sequence[Event]:
        if loaded is not None and name in loaded.state.done:
            raise Refused(name)
        return [StepStarted(step=name)]

    return decide


def fresh_number() -> Callable[[], str]:
    taken = iter(range(1, 1000))
    return lambda: number(next(taken))


async def test_the_same_key_fifty_times_at_once_gives_one_case_and_fifty_equal_answers(log: Log) -> None:
    commands, take = office(log), fresh_number()
    orders = [order("receipt", step("received"), stream=take()) for _ in range(50)]
    answers = await asyncio.gather(*(commands.perform(o) for o in orders))
    assert [a.repeated for a in answers].count(False) == 1
    assert len({(a.loaded.state, a.loaded.head, a.loaded.pos) for a in answers}) == 1
    assert len(await stored(log.pool)) == 1


@pytest.mark.parametrize("decide", [step("review"), step_once("review")])
async def test_a_repeated_key_answers_with_its_first_result_not_the_present(
    log: Log, decide: Callable[[Loaded[Diary] | None], Sequence[Event]]
) -> None:
    first = await office(log).perform(order("k", decide))
    await office(log).perform(order("next", step("visit")))
    for commands in (office(log), office(log)):
        again = await commands.perform(order("k", decide))
        assert again == Done(first.loaded, repeated=True)
        assert again.loaded.state.done == ("review",)


async def test_who_believes_a_stream_to_be_new_decides_again_on_what_another_began(log: Log) -> None:
    theirs = await office(log).perform(order("theirs", step_once("review")))
    mine = replace(order("mine", step_once("review")), begins=True)
    with pytest.raises(Refused):
        await office(log).perform(mine)
    more = await office(log).perform(replace(order("more", step_once("visit")), begins=True))
    assert more.loaded.state.done == ("review", "visit")
    again = await office(log).perform(replace(order("theirs", step_once("review")), begins=True))
    assert again == Done(theirs.loaded, repeated=True)
    assert len(await stored(log.pool)) == 2


async def test_a_key_that_has_nothing_to_do_stores_nothing_and_answers_the_present(log: Log) -> None:
    commands = office(log)
    begun = await commands.perform(order("k", step("review")))
    nothing = await commands.perform(order("other", lambda loaded: []))
    assert (nothing.loaded, nothing.repeated) == (begun.loaded, True)
    assert len(await stored(log.pool)) == 1


async def test_nothing_to_do_on_no_case_is_no_answer(log: Log) -> None:
    with pytest.raises(LookupError):
        await office(log).perform(order("k", lambda loaded: []))


async def test_the_same_key_with_another_body_is_refused(log: Log) -> None:
    commands = office(log)
    await commands.perform(order("k", step("review")))
    with pytest.raises(BodyDiffers):
        await commands.perform(order("k", step("review"), mac=b"another body"))
    with pytest.raises(BodyDiffers):
        await commands.perform(order("k", step_once("review"), mac=b"another body"))


async def test_a_key_of_an_act_on_one_case_does_nothing_on_another(log: Log) -> None:
    commands = office(log)
    await commands.perform(order("a", step("one")))
    await commands.perform(order("k", step("two")))
    with pytest.raises(BodyDiffers):
        await commands.perform(order("k", step("two"), stream=number(2)))
    assert len(await stored(log.pool)) == 2


async def test_two_units_may_use_the_same_key(log: Log) -> None:
    commands = office(log)
    await commands.perform(order("k", step("one")))
    await commands.perform(order("k", step("one"), stream=number(2, THERE), unit=THERE))
    assert len(await stored(log.pool)) == 2


async def test_several_events_of_one_command_are_one_answer(log: Log) -> None:
    commands = office(log)
    two = order("k", lambda loaded: [StepStarted(step="a"), StepStarted(step="b")])
    first = await commands.perform(two)
    await commands.perform(order("next", step("c")))
    again = await office(log).perform(two)
    assert first.loaded.state.done == again.loaded.state.done == ("a", "b")
    assert (first.loaded.pos, again.loaded.pos) == (2, 2)


async def test_what_was_remembered_refuses_nobody(log: Log) -> None:
    here, elsewhere = office(log), office(log)

    def needs_the_visit(loaded: Loaded[Diary] | None) -> Sequence[Event]:
        if loaded is None or "visit" not in loaded.state.done:
            raise Refused("visit first")
        return [StepStarted(step="review")]

    await here.perform(order("a", step("begin")))
    await elsewhere.perform(order("b", step("visit")))
    done = await here.perform(order("c", needs_the_visit))
    assert done.loaded.state.done == ("begin", "visit", "review")


async def test_what_was_remembered_decides_nothing(log: Log) -> None:
    here, elsewhere = office(log), office(log)
    await here.perform(order("a", step("begin")))
    await elsewhere.perform(order("b", step("review")))
    with pytest.raises(Refused):
        await here.perform(order("c", step_once("review")))
    assert len(await stored(log.pool)) == 2


async def test_clerks_who_race_for_one_case_all_get_their_step(log: Log) -> None:
    one, two, three = office(log), office(log), office(log)
    await one.perform(order("begin", step("begin")))
    await asyncio.gather(*(c.perform(order(f"k{i}", step(f"s{i}"))) for i, c in enumerate((one, two, three))))
    done = await one.load(CASE)
    assert done is not None
    assert done.state.done[0] == "begin"
    assert set(done.state.done[1:]) == {"s0", "s1", "s2"}


async def test_one_of_many_racing_for_one_act_wins_and_the_others_are_refused(log: Log) -> None:
    clerks = [office(log) for _ in range(20)]
    await clerks[0].perform(order("begin", step("begin")))
    answers = await asyncio.gather(
        *(c.perform(order(f"k{i}", step_once("decide"))) for i, c in enumerate(clerks)), return_exceptions=True
    )
    assert sorted(type(a).__name__ for a in answers) == ["Done"] + ["Refused"] * 19


async def test_a_case_that_moves_at_each_try_is_contended(log: Log) -> None:
    here, elsewhere = office(log), office(log)
    await here.perform(order("begin", step("begin")))
    moves = iter(range(100))

    class Late(Commands[Diary]):
        """Its process reads the case, and the case moves before it writes."""

        async def load(self, stream: str) -> Loaded[Diary] | None:
            loaded = await super().load(stream)
            await elsewhere.perform(order(f"move-{next(moves)}", step("m")))
            return loaded

    with pytest.raises(Contended):
        await Late(log, DiaryFold(), case_key, lambda: MORNING).perform(order("late", step("late")))
    after = await elsewhere.load(CASE)
    assert after is not None
    assert "late" not in after.state.done


async def test_time_never_goes_back_within_a_case(log: Log) -> None:
    commands = office(log)
    first = await commands.perform(order("a", step("a"), at=MORNING))
    second = await commands.perform(order("b", step("b"), at=MORNING - timedelta(days=2)))
    third = await office(log).perform(order("c", step("c"), at=MORNING + timedelta(days=1)))
    assert [d.loaded.time for d in (first, second, third)] == [MORNING, MORNING, MORNING + timedelta(days=1)]
    assert [t for (t,) in await stored(log.pool, "time")] == [MORNING, MORNING, MORNING + timedelta(days=1)]


async def test_a_note_is_sealed_again_for_its_new_place_after_a_lost_compare_and_set(log: Log) -> None:
    here, elsewhere = office(log), office(log)
    await here.perform(order("begin", step("begin")))
    await elsewhere.perform(order("between", step("between")))
    noted = StepCompleted(step="visit", outcome="done", note=Plain("the roof leaks"))
    await here.perform(order("note", lambda loaded: [noted]))
    (value,) = (await stored(log.pool, "value"))[2]
    assert isinstance(value, bytes)
    assert b"roof" not in value
    envelope = read(value)
    assert envelope.seq == 3
    stored_note = event_of(envelope.type, envelope.data)
    assert isinstance(stored_note, StepCompleted)
    assert open_event(stored_note, CASE_KEY, CASE, 3) == noted


async def test_the_new_holder_goes_on_and_the_old_one_does_not(log: Log) -> None:
    here = office(log)
    await here.perform(order("begin", step("begin")))
    passed = CaseReferred(to=THERE, referral="transfer", reason="r")
    done = await here.perform(order("pass", lambda loaded: [passed]))
    assert done.loaded.state.term == 1
    with pytest.raises(Contended):
        await here.perform(order("late", step("late")))
    went_on = await office(log).perform(order("on", step("on"), unit=THERE))
    assert went_on.loaded.state.done == ("begin", "on")
    assert await stored(log.pool, "holder, term") == [(HERE, 0), (THERE, 1), (THERE, 1)]


async def superseded(log: Log) -> None:
    """Somebody else's higher epoch cuts the last event of the case."""
    (begun,) = rows(CASE, [StepStarted(step="begin")], key="begin")
    (cut,) = rows(CASE, [StepStarted(step="cut")], begun, key="cut")
    await log.append(draft((begun,), mac=b"one body"))
    await log.append(draft((cut,), mac=b"one body"))
    await office(log).load(CASE)
    (assumed,) = rows(CASE, [StepStarted(step="assumed")], begun, unit=THERE, holder=THERE, epoch=1)
    async with log.pool.acquire() as connection, connection.transaction():
        await connection.execute("update log set live = false, superseded_at = now() where hash = $1", cut.hash)
    await log.append(draft((assumed,)))


async def test_the_key_of_a_superseded_act_says_so(log: Log) -> None:
    await superseded(log)
    with pytest.raises(Superseded):
        await office(log).perform(order("cut", step("cut")))
    with pytest.raises(Superseded):
        await office(log).perform(order("cut", lambda loaded: []))


async def test_a_remembered_branch_that_was_cut_is_read_afresh(log: Log) -> None:
    commands = office(log)
    await commands.perform(order("begin", step("begin")))
    await commands.perform(order("cut", step("cut")))
    await log.pool.execute("update log set live = false, superseded_at = now() where seq = 2")
    after = await commands.load(CASE)
    assert after is not None
    assert after.state.done == ("begin",)
    went_on = await commands.perform(order("on", step("on")))
    assert went_on.loaded.state.done == ("begin", "on")


async def test_an_act_that_was_copied_back_answers_a_repeated_key(log: Log) -> None:
    (begun,) = rows(CASE, [StepStarted(step="begin")], key="k")
    await log.append(replace(draft((begun,)), mac=None))
    again = await office(log).perform(order("k", step("begin"), mac=b"any body"))
    assert again.repeated
    assert again.loaded.head == begun.hash


async def test_only_so_many_cases_are_remembered(log: Log) -> None:
    commands = Commands(log, DiaryFold(), case_key, lambda: MORNING, remembered=2)
    for n in range(1, 6):
        await commands.perform(order(f"k{n}", step("one"), stream=number(n)))
    for n in range(1, 6):
        done = await commands.perform(order(f"l{n}", step("two"), stream=number(n)))
        assert done.loaded.state.done == ("one", "two")
