"""Acts that nobody decides: writing that a handover arrived, and answering requests (protocol R1-R3)."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import structlog

from contracts.case import (
    CaseDisputed,
    CaseReferred,
    CaseReturned,
    ReferralRecalled,
    ReferralRefused,
)
from contracts.catalogue import event_of
from contracts.envelope import read, stream_kind
from contracts.events import type_name
from contracts.requests import Request, SupervisionAnswerSubmitted
from contracts.supervision import SupervisionOrdered
from services.casework import supervision
from services.casework.answering import answer_request
from services.casework.case import Case
from services.casework.moment import service_moment
from services.casework.papers import papers
from services.casework.referral import arrive
from services.office.cases import Cases
from services.office.papers.keeping import Papers
from services.office.refusing import NoKey
from services.runtime import asking
from services.runtime.branch import Link, Tree
from services.runtime.commands import Commands, Contended, Decided, Done, Order, Superseded
from services.runtime.entry import CASES, REQUESTS, Entry
from services.runtime.fold import Loaded
from services.runtime.lately import Kind
from services.runtime.log import WRITING_AWAY, Fenced
from services.runtime.reactor import Reactor, reaction
from services.runtime.sealed_events import open_event, sealed_fields
from services.runtime.sealing import CannotOpen
from services.runtime.statements import statements
from services.runtime.tide import Tide
from services.runtime.turns import take_turns

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

statement = statements(__file__)
SERVICE = "service"
"""The actor of what nobody decides."""
AT_ONCE = 200
LOOK_EVERY = 0.5
PASSES = tuple(type_name(e) for e in (CaseReferred, CaseReturned, ReferralRefused, ReferralRecalled, CaseDisputed))

log = structlog.get_logger(__name__)
Forward = Callable[[str, bytes, str, int], Awaitable[None]]
"""(request stream, its record, the unit to send it to, hops)."""


class Arrivals:
    """Writes HandoverArrived for every pass to a unit hosted here, as soon as the pass is in the log, and looks for the
    case's papers from then on."""

    def __init__(
        self, cases: Cases, papers: Papers, own: frozenset[str], feed: str, clock: Callable[[], datetime]
    ) -> None:
        self._cases = cases
        self._papers = papers
        self._own = own
        self._feed = feed
        self._clock = clock

    def reactor(self, pool: "Pool[Record]", tide: Tide) -> Reactor:
        return Reactor(pool, tide, "handover_arrived", CASES, PASSES, self.react)

    async def react(self, entry: Entry) -> None:
        unit = entry.holder
        if unit not in self._own:
            return

        def decide(loaded: Loaded[Case] | None) -> Decided:
            assert loaded is not None
            case = loaded.state
            return Decided(arrive(case, unit=unit, pass_hash=entry.hash), service_moment(case, self._clock()))

        command = reaction(unit, "arrive", entry.hash, entry.epoch)
        done = await _once(self._cases.commands, Order(entry.stream, unit, SERVICE, command, None, self._feed, decide))
        if done is not None:
            await self._papers.want(entry.stream, (one.digest for one in papers(done.loaded.state)))


def _asks(kind: Kind) -> bool:
    return kind.type.startswith(REQUESTS)


class Requests:
    """Looks at every request that came by inbox, for the first time or again: answers, forwards or drops it."""

    def __init__(
        self,
        pool: "Pool[Record]",
        tide: Tide,
        cases: Cases,
        own: frozenset[str],
        feed: str,
        forward: Forward,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool = pool
        self._tide = tide
        self._cases = cases
        self._own = own
        self._feed = feed
        self._forward = forward
        self._clock = clock

    async def run(self) -> None:
        """Follow for ever; woken when the log rises, because a request enters it before it is looked at."""

        async def turn() -> None:
            seen = self._tide.pos
            if not await self.step():
                await self._tide.brings(_asks, seen, LOOK_EVERY)

        await take_turns("requests", turn, WRITING_AWAY)

    async def step(self) -> bool:
        """Look at one batch; False when there was none."""
        rows = await self._pool.fetch(statement("arrivals"), AT_ONCE)
        if not rows:
            return False
        for row in rows:
            await self._look(row)
        await self._pool.execute(statement("arrivals_done"), rows[-1]["arrival"])
        return True

    async def _look(self, row: "Record") -> None:
        envelope = read(row["value"])
        request = event_of(envelope.type, envelope.data)
        assert isinstance(request, Request)
        if isinstance(request, SupervisionAnswerSubmitted) and stream_kind(request.order) != SupervisionOrdered.kind:
            log.warning("answer_to_no_order", request=row["stream"], unit=row["unit"])
            return
        id_ = row["stream"].partition("/")[2]
        asked = asking.Asked(id_, request.case, row["unit"], request.epoch, request.term)
        answered = {id_} if await self._is_answered(request, id_) else frozenset[str]()
        match asking.on_request(asked, row["hops"], await self._tree(request.asked_of), self._own, answered):
            case asking.Answer(unit=unit):
                await self._answer(asked, request, envelope.time, unit, row["hash"])
            case asking.ForwardTo(unit=unit, hops=hops):
                await self._forward(row["stream"], row["value"], unit, hops)
            case asking.AlreadyAnswered() | asking.Drop():
                pass

    async def _is_answered(self, request: Request, id_: str) -> bool:
        if isinstance(request, SupervisionAnswerSubmitted):
            order = await self._cases.orders.load(request.order)
            return order is not None and order.state.answered == id_
        loaded = await self._cases.commands.load(request.case)
        return loaded is not None and loaded.state.answer(id_) is not None

    async def _tree(self, stream: str) -> Tree:
        """What is needed of the copy: its head, and whether a higher epoch was read of."""
        head = await self._pool.fetchrow(statement("case_head"), stream)
        if head is None:
            return Tree(stream)
        link = Link(
            stream,
            head["seq"],
            head["epoch"],
            head["term"],
            head["unit"],
            head["holder"],
            head["hash"],
            head["prev"],
            assumes=False,
        )
        return Tree(stream, live=[link], fenced=head["fenced"])

    async def _answer(self, asked: asking.Asked, request: Request, asked_at: datetime, unit: str, hash_: bytes) -> None:
        """A recall, an urging, a hearing or none any more, a consultation's answer and what comes too late are answered
        by the service; what a person has to answer waits for that person. The answer to an order is written into the
        order."""
        key: bytes | None = None
        if sealed_fields(type(request)):
            try:
                key = await self._cases.case_key(asked.case)
                request = open_event(request, key, f"request/{asked.id}", 1)
            except (NoKey, CannotOpen) as error:
                # The asker sends it again, and the key may be here by then.
                log.info("request_unreadable", case=asked.case, why=type(error).__name__)
                return
        if isinstance(request, SupervisionAnswerSubmitted):
            await self._answer_order(asked, request, unit, hash_, key)
            return

        def decide(loaded: Loaded[Case] | None) -> Decided:
            assert loaded is not None
            case = loaded.state
            at = service_moment(case, self._clock())
            events = answer_request(
                case,
                unit=unit,
                request=asked.id,
                asker=asked.unit,
                asked=request,
                asked_at=asked_at,
                at=at,
                book=self._cases.book,
            )
            return Decided(events, at)

        # The name is a recall's, whatever is asked: it is part of the key under which earlier answers were written.
        command = reaction(unit, "recall", hash_, asked.epoch)
        await _once(self._cases.commands, Order(asked.case, unit, SERVICE, command, None, self._feed, decide))

    async def _answer_order(
        self, asked: asking.Asked, request: SupervisionAnswerSubmitted, unit: str, hash_: bytes, key: bytes | None
    ) -> None:
        """The order's own stream gets the answer, sealed anew under the case's `key`."""

        def decide(loaded: Loaded[supervision.Order] | None) -> Decided:
            assert loaded is not None
            events = supervision.answer_supervision(loaded.state, request=asked.id, asker=asked.unit, asked=request)
            return Decided(events, self._clock())

        command = reaction(unit, "answer_supervision", hash_, 0)
        order = Order(request.order, unit, SERVICE, command, None, self._feed, decide, key)
        await _once(self._cases.orders, order)


S = TypeVar("S")


async def _once(commands: Commands[S], order: Order[S]) -> Done[S] | None:
    """Do it; that somebody else was faster, or the city took the case over, is no failure: then None."""
    try:
        return await commands.perform(order)
    except (Contended, Fenced, Superseded) as error:
        log.info("reaction_overtaken", stream=order.stream, why=type(error).__name__)
        return None
