"""Clearance rounds over HTTP. City and district run them, each for its own catalogue and its own windows."""

import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from contracts.clearance import ClearanceOpened
from services.office.clearance_bodies import Answered, Approved, Published, Reviewed
from services.office.clearances import Clearances, Shown, shown_clearance, shown_round
from services.office.openapi import get, post
from services.office.reference_api import written
from services.office.reference_log import ReferenceLog
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import body_mac, idempotency_key, parsed, person, raw, writer
from services.runtime.tokens import Actor, Verifier

_ID = re.compile("[0-9a-f]{32}")
B = TypeVar("B", bound=BaseModel)


def reading(log: ReferenceLog, verifier: Verifier) -> APIRouter:
    """`GET /clearances` and `/clearances/{clearance}`, for whoever has a token: an office's work, not yet published."""
    router = APIRouter(prefix="/api/v1")

    async def clearances(request: Request) -> Response:
        person(request, verifier)
        return json({"clearances": [shown_round(one) for _, one in sorted(log.book.clearances.items())]})

    async def clearance(request: Request) -> Response:
        person(request, verifier)
        found = log.book.clearances.get(request.path_params["clearance"])
        if found is None:
            raise _no_round()
        return json(shown_clearance(log.book, found))

    get(router, "/clearances", clearances, "clearances")
    get(router, "/clearances/{clearance}", clearance, "clearance")
    return router


def writing(clearances: Clearances, verifier: Verifier, mac_key: bytes, units: frozenset[str]) -> APIRouter:
    """`POST /clearances` and, of one round, `/proposals`, `/reviews`, `/approve` and `/publish`."""
    router = APIRouter(prefix="/api/v1")

    async def open_round(request: Request) -> Response:
        by, key, body = writer(request, verifier, units), idempotency_key(request), await raw(request)
        opened = parsed(ClearanceOpened, body)
        return await written(clearances.open(by, key, body_mac(mac_key, "open_clearance", body), opened), "clearance")

    post(router, "/clearances", open_round, "open_clearance", ClearanceOpened, 201)

    def act(
        path: str, name: str, model: type[B], work: Callable[[str, Actor, str, bytes, B], Awaitable[Shown]]
    ) -> None:
        async def route(request: Request) -> Response:
            clearance: str = request.path_params["clearance"]
            by, key, body = writer(request, verifier, units), idempotency_key(request), await raw(request)
            if not _ID.fullmatch(clearance):
                raise _no_round()
            mac = body_mac(mac_key, f"{name}/{clearance}", body)
            return await written(work(clearance, by, key, mac, parsed(model, body)), "clearance")

        post(router, f"/clearances/{{clearance}}/{path}", route, name, model, 201)

    act("proposals", "submit_proposals", Answered, clearances.submit)
    act(
        "reviews",
        "review_proposals",
        Reviewed,
        lambda one, by, key, mac, body: clearances.review(one, by, key, mac, body.reviews),
    )
    act(
        "approve",
        "approve_clearance",
        Approved,
        lambda one, by, key, mac, body: clearances.approve(one, by, key, mac, body.document),
    )
    act(
        "publish",
        "publish_clearance",
        Published,
        lambda one, by, key, mac, body: clearances.publish(one, by, key, mac, body.valid_from),
    )
    return router


def _no_round() -> Problem:
    return Problem(404, "clearance_unknown", "There is no clearance round of such an id.", "没有该编号的清理。")
