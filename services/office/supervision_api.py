"""Supervision orders over HTTP: given by superior units, answered by those below, listed by both."""

from datetime import UTC, datetime

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.casework.actions import Action
from services.casework.case import Case
from services.casework.refusals import Refusal, conflict
from services.casework.supervision import Order, may_answer
from services.casework.table import row
from services.office.act_api import answered
from services.office.actions_shown import action_json
from services.office.asking_bodies import OrderSupervision, SubmitSupervisionAnswer
from services.office.case_api import query, reached
from services.office.openapi import get, post
from services.office.orders_listed import OrdersFilter, orders
from services.office.orders_shown import shown_order
from services.office.person import person as in_casework
from services.office.refusing import doing
from services.office.serving import Office, case_number
from services.office.supervision import Orders
from services.runtime.http.app import json
from services.runtime.http.reading import asked, parsed, person
from services.runtime.tokens import Actor

GIVE, ANSWER = row("order_supervision"), row("submit_supervision_answer")


def giving(office: Office, given: Orders) -> APIRouter:
    """`POST /cases/{number}/order-supervision`, where units stand that are above others."""
    router = APIRouter(prefix="/api/v1")

    async def order(request: Request) -> Response:
        number = case_number(request)
        by, key, body, mac = await asked(
            request, office.verifier, office.units, office.mac_key, f"{number}/{GIVE.name}"
        )
        done, given_now = await doing(given.give(number, by, key, mac, parsed(OrderSupervision, body)))
        status, content, headers = answered(office, done, by, 200)
        shown = shown_order(given_now, office.cases.book.calendar, datetime.now(UTC))
        return json({**content, "order": shown}, status, {"Location": f"{headers['Location']}/supervision-orders"})

    post(router, f"/cases/{{number}}/{GIVE.route}", order, GIVE.name, OrderSupervision)
    return router


def answering(office: Office, given: Orders) -> APIRouter:
    """`POST /cases/{number}/submit-supervision-answer`, where units stand that are below others."""
    router = APIRouter(prefix="/api/v1")

    async def answer(request: Request) -> Response:
        number = case_number(request)
        by, key, body, mac = await asked(
            request, office.verifier, office.units, office.mac_key, f"{number}/{ANSWER.name}"
        )
        done = await doing(given.answer(number, by, key, mac, parsed(SubmitSupervisionAnswer, body)))
        status, content, headers = answered(office, done, by, 200)
        return json(content, status, headers)

    post(router, f"/cases/{{number}}/{ANSWER.route}", answer, ANSWER.name, SubmitSupervisionAnswer)
    return router


def reading(office: Office, given: Orders) -> APIRouter:
    """`GET /supervision-orders` and `/cases/{number}/supervision-orders`."""
    router = APIRouter(prefix="/api/v1")

    async def listed(request: Request) -> Response:
        by = person(request, office.verifier)
        wanted = query(request, OrdersFilter)
        await reached(office, wanted.after)
        return json(await orders(office.pool, by.unit, wanted, office.cases.book.calendar, datetime.now(UTC)))

    async def of_case(request: Request) -> Response:
        by = person(request, office.verifier)
        number = case_number(request)
        found = await given.on_case(number, by.unit)
        if not found:
            # Who gave or got an order knows the case, whether it ever had it or not.
            await doing(office.cases.read(number, by))
        loaded = await office.cases.commands.load(number)
        now = datetime.now(UTC)
        shown = [
            {
                **shown_order(order, office.cases.book.calendar, now),
                **told,
                "actions": _actions(office, order, told["submitted"], loaded.state if loaded else None, by),
            }
            for order, told in found
        ]
        return json({"orders": shown})

    get(router, "/supervision-orders", listed, "supervision_orders", query=OrdersFilter)
    get(router, "/cases/{number}/supervision-orders", of_case, "case_supervision_orders")
    return router


def _actions(office: Office, order: Order, submitted: bool, case: Case | None, by: Actor) -> list[orjson.Fragment]:
    """Whether this person may answer it now, and why not; nothing for a unit that is not to answer."""
    if case is None or by.unit != order.to:
        return []
    refusal: Refusal | None = None
    try:
        may_answer(order, case, in_casework(by), office.cases.book)
        if submitted:
            refusal = conflict("order_answered", case, order=order.stream)
    except Refusal as raised:
        refusal = raised
    return [action_json(Action(ANSWER.route, refusal))]
