"""Supervision orders are given and answered here; what the orderer's service writes by itself stands in `reactions`."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from contracts.envelope import command_id
from contracts.supervision import SupervisionAnswered, SupervisionOrdered
from services.casework.refusals import conflict, not_found
from services.casework.supervision import Order, may_order
from services.casework.table import row
from services.office.asking import Only, ask
from services.office.asking_bodies import OrderSupervision, SubmitSupervisionAnswer
from services.office.cases import Answer, Cases
from services.office.person import person
from services.office.refusing import NoKey, NoKeyToSeal
from services.office.supervision_view import SupervisionRow, order_of
from services.runtime.fetching import Fetching
from services.runtime.sealed_events import has_sealed, open_event
from services.runtime.sealing import CannotOpen
from services.runtime.statements import statements
from services.runtime.tokens import Actor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record
    from asyncpg.pool import Pool

statement = statements(__file__)
Json = dict[str, Any]


class Orders:
    """Of one tier service."""

    def __init__(self, pool: "Pool[Record]", cases: Cases, fetching: Fetching) -> None:
        self._pool = pool
        self._cases = cases
        self._fetching = fetching

    async def give(self, number: str, by: Actor, key: str, mac: bytes, body: OrderSupervision) -> tuple[Answer, Order]:
        """Order a unit below to account for a case; a case that was never here is fetched first, if that unit had it.

        Raises NoPortal, Unfetched, NoKeyToSeal, and what casework and the log raise.
        """
        may_order(person(by), body.to, self._cases.book)
        if await self._cases.commands.load(number) is None:
            if body.text is not None:
                raise NoKeyToSeal(number)
            if not await self._fetching.fetch(number, {body.to}):
                raise not_found("case_unknown")
        try:
            done = await ask(self._cases, row("order_supervision"), number, by, key, mac, body)
        except NoKey:
            raise NoKeyToSeal(number) from None
        loaded = await self._cases.orders.load(f"{SupervisionOrdered.kind}/{done.request}")
        assert loaded is not None
        return replace(done, request=None), loaded.state

    async def answer(self, number: str, by: Actor, key: str, mac: bytes, body: SubmitSupervisionAnswer) -> Answer:
        """The ordered unit answers. There is one answer to an order, whatever key a second one comes under."""
        loaded = await self._cases.orders.load(body.order)
        only = Only(answer_id(by.unit, body.order), lambda case: conflict("order_answered", case, order=body.order))
        given = {"ordered": loaded.state if loaded else None}
        return await ask(
            self._cases, row("submit_supervision_answer"), number, by, key, mac, body, given=given, only=only
        )

    async def on_case(self, number: str, unit: str) -> list[tuple[Order, Json]]:
        """The orders on a case that this unit gave or got, by when they were given, each with its `text` and `answer`
        as far as the case's key is here, and whether an answer of this unit is on its way (`submitted`)."""
        rows = await self._pool.fetch(statement("supervision_of_case"), number, unit)
        found = [order_of(SupervisionRow(**one)) for one in rows]
        answers = {order.stream: f"request/{answer_id(unit, order.stream)}" for order in found}
        beside = await self._cases.requests.load_many([*answers, *answers.values()])
        key = await self._cases.key_here(number) if found else None
        told: list[tuple[Order, Json]] = []
        for order in found:
            events = beside[order.stream].state.events if order.stream in beside else ()
            submitted = order.answered is None and answers[order.stream] in beside
            told.append((order, {"submitted": submitted, **_texts(events, key, order.stream)}))
        return told


def answer_id(unit: str, order: str) -> str:
    """The id of the request by which this unit answers this order."""
    return command_id(unit, f"answer:{order}").hex()[:32]


def _texts(events: "Sequence[Any]", key: bytes | None, stream: str) -> Json:
    """`readable` is false when something was typed and cannot be opened here."""
    texts: Json = {"text": None, "answer": None, "readable": True}
    for seq, event in enumerate(events, 1):
        if not has_sealed(event):
            continue
        try:
            opened = open_event(event, key, stream, seq) if key is not None else None
        except CannotOpen:
            opened = None
        match opened:
            case SupervisionOrdered(text=text):
                texts["text"] = text
            case SupervisionAnswered(answer=answer):
                texts["answer"] = answer
            case _:
                texts["readable"] = False
    return texts
