"""The law's clock: sleeps until the next instant at which time itself does something to a case, and writes it.

Any number of copies may run, stop and start: an act's command names the event it follows, so it happens once.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from contracts.case import CaseEvent, CaseTerminated
from services.casework.case import Case, holder
from services.casework.imported import may_pass_time
from services.casework.lapse import clock_acts, next_due, recompute
from services.casework.refusals import Refusal, not_found
from services.office.book_keeper import BookKeeper, CalendarChange
from services.office.cases import Cases
from services.office.deadlines import Deadlines, missed
from services.office.person import person
from services.office.waiting import Behind, Requested
from services.runtime.commands import Contended, Decided, Order, Superseded
from services.runtime.fold import Loaded
from services.runtime.log import WRITING_AWAY, Fenced
from services.runtime.reactor import reaction
from services.runtime.statements import statements
from services.runtime.tokens import Actor
from services.runtime.turns import take_turns

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

statement = statements(__file__)
log = structlog.get_logger(__name__)
ACTOR = "clock"
PAGE = 500
AT_ONCE = 32
LONGEST_SLEEP = 60.0
"""Seconds: the machine's clock may be set meanwhile."""
AGAIN = timedelta(seconds=30)
"""When a case could not be written: it is being taken over, its head moves all the time, or requests are unread."""
MOST_ACTS = 200
"""Of one imported case in one request; far more than a case has clocks."""


class LawClock:
    """Of one tier service, for the cases that its units hold."""

    def __init__(
        self,
        pool: "Pool[Record]",
        cases: Cases,
        keeper: BookKeeper,
        deadlines: Deadlines,
        requested: Requested,
        feed: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._pool = pool
        self._cases = cases
        self._keeper = keeper
        self._deadlines = deadlines
        self._requested = requested
        self._feed = feed
        self._clock = clock
        self.acts = 0
        """Written by this process."""

    async def run(self) -> None:
        """For ever; a service that may not write yet is waited for."""

        async def turn() -> None:
            self._deadlines.changed.clear()
            if not await self.tick():
                await self._sleep(await self._pool.fetchval(statement("next_wake")))

        await take_turns("law_clock", turn, WRITING_AWAY)

    async def tick(self) -> int:
        """Look at the cases that are due now, the earliest first; how many there were."""
        rows = await self._pool.fetch(statement("due_now"), self._clock(), PAGE)
        room = asyncio.Semaphore(AT_ONCE)

        async def one(stream: str) -> tuple[str, int, datetime | None]:
            async with room:
                return await self._look(stream)

        looked = await asyncio.gather(*(one(row["stream"]) for row in rows))
        if looked:
            streams, seqs, wakes = zip(*looked, strict=True)
            await self._pool.execute(statement("wake_again"), list(streams), list(seqs), list(wakes))
        return len(rows)

    async def _sleep(self, until: datetime | None) -> None:
        seconds = LONGEST_SLEEP if until is None else (until - self._clock()).total_seconds()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(max(seconds, 0.0), LONGEST_SLEEP)):
                await self._deadlines.changed.wait()

    async def _look(self, stream: str) -> tuple[str, int, datetime | None]:
        """Write all that is due of one case; its seq then, and when to look again."""
        loaded = await self._cases.commands.load(stream)
        assert loaded is not None
        now = self._clock()
        late = missed(loaded.state, self._keeper.changes)
        try:
            for change in late:
                loaded = await self.recompute(loaded, change) or loaded
            while True:
                handed_in = await self._handed_in(loaded.state, now)
                if (after := await self._act(loaded, now, handed_in)) is None:
                    break
                loaded = after
        except (Behind, Contended, Fenced, Superseded) as error:
            log.info("clock_overtaken", case=stream, why=type(error).__name__)
            return stream, loaded.seq, now + AGAIN
        return stream, loaded.seq, next_due(loaded.state, self._keeper.book, now, handed_in=handed_in)

    async def _handed_in(self, case: Case, now: datetime) -> datetime | None:
        """When the first papers that wait for a clerk were handed in; only asked for where a case would end for want
        of papers. Raises Behind."""
        ends = any(isinstance(act, CaseTerminated) for act in clock_acts(case, self._keeper.book, now))
        return await self._requested.handed_in(case.number) if ends else None

    async def _act(self, loaded: Loaded[Case], now: datetime, handed_in: datetime | None) -> Loaded[Case] | None:
        """Do what is due, one act; None when nothing is."""

        def decide(case: Case) -> Sequence[CaseEvent]:
            return clock_acts(case, self._keeper.book, now, handed_in=handed_in)

        return await self._write(loaded, "clock", decide, now) if decide(loaded.state) else None

    async def recompute(self, loaded: Loaded[Case], change: CalendarChange) -> Loaded[Case] | None:
        """Journal the limits that a change of the calendar moved; None when there are none."""

        def decide(case: Case) -> Sequence[CaseEvent]:
            book = replace(self._keeper.book, calendar=change.after)
            return recompute(case, book, change.before, now, change.reason, changed=change.read)

        now = self._clock()
        if not decide(loaded.state):
            return None
        return await self._write(loaded, f"recompute:{change.hash.hex()}", decide, now)

    async def _write(
        self, loaded: Loaded[Case], act: str, events: Callable[[Case], Sequence[CaseEvent]], at: datetime
    ) -> Loaded[Case]:
        """Append what follows the event that `loaded` ends with. Another copy may have been faster: then what it
        wrote is what there is."""
        case = loaded.state
        unit = holder(case)

        def decide(found: Loaded[Case] | None) -> Decided:
            assert found is not None
            same = found.head == loaded.head and holder(found.state) == unit
            return Decided(events(found.state) if same else (), at)

        order = Order(case.number, unit, ACTOR, reaction(unit, act, loaded.head, case.epoch), None, self._feed, decide)
        done = await self._cases.commands.perform(order)
        if done.wrote:
            self.acts += len(done.wrote)
            log.info("clock_wrote", case=case.number, events=[type(event).__name__ for event in done.wrote])
        return done.loaded if done.loaded.seq > loaded.seq else await self._newest(case.number)

    async def _newest(self, number: str) -> Loaded[Case]:
        loaded = await self._cases.commands.load(number)
        assert loaded is not None
        return loaded

    async def pass_time(self, number: str, by: Actor, upto: datetime) -> Loaded[Case]:
        """Let the law act on imported history as it would have acted until `upto`. Raises NotFound, and what
        `may_pass_time` raises."""
        loaded = await self._cases.commands.load(number)
        if loaded is None or by.unit not in loaded.state.known:
            raise not_found("case_unknown")
        may_pass_time(loaded.state, person(by), upto, self._clock())
        return await self._pass(loaded, upto)

    async def before(self, number: str, by: Actor, upto: datetime) -> None:
        """The same before an act of that time. Where it may not be, nothing: the act itself is refused, or was done."""
        loaded = self._cases.commands.remembered(number) or await self._cases.commands.load(number)
        if loaded is not None and loaded.state.importing:
            with contextlib.suppress(Refusal, Contended, Fenced, Superseded):
                may_pass_time(loaded.state, person(by), upto, self._clock())
                await self._pass(loaded, upto)

    async def _pass(self, loaded: Loaded[Case], upto: datetime) -> Loaded[Case]:
        after = loaded.state.last_time
        for _ in range(MOST_ACTS):
            instant = next_due(loaded.state, self._keeper.book, after, imported=True)
            if instant is None or instant > upto:
                break

            def decide(case: Case, at: datetime = instant) -> Sequence[CaseEvent]:
                return clock_acts(case, self._keeper.book, at, imported=True)

            if decide(loaded.state):
                loaded = await self._write(loaded, "clock", decide, instant)
            elif instant == after:
                break
            after = instant
        return loaded
