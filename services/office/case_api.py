"""Reading over HTTP: a case, its history and chain, the worklist and the inbox."""

from datetime import UTC, datetime
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from services.office import chain, waiting, worklist
from services.office.chains_api import chain_of
from services.office.openapi import get
from services.office.refusing import doing
from services.office.serving import Office, case_number
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import parsed_query, person
from services.runtime.projector import all_reach

M = TypeVar("M", bound=BaseModel)
WAIT_FOR_VIEWS = 2.0
"""Seconds."""


def routes(office: Office) -> APIRouter:
    """A case, its events and its chain, and the lists of the unit."""
    router = APIRouter(prefix="/api/v1")

    async def case(request: Request) -> Response:
        by = person(request, office.verifier)
        loaded = await doing(office.cases.read(case_number(request), by))
        waits = [one for one in await waiting.about(office.pool, [loaded.state.number]) if one.waits]
        body = {
            **office.cases.shown(loaded.state, by),
            "requests": [worklist.shown_request(one, office.cases.book, datetime.now(UTC)) for one in waits],
            "pos": loaded.pos,
            "hash": loaded.head.hex(),
        }
        return json(body, headers={"ETag": f'"{loaded.head.hex()}"'})

    async def history(request: Request) -> Response:
        by = person(request, office.verifier)
        loaded = await doing(office.cases.read(case_number(request), by))
        return json({"events": await chain.history(office.pool, loaded.state.number)})

    async def records(request: Request) -> Response:
        by = person(request, office.verifier)
        number = case_number(request)
        if "operator" not in by.roles:
            await doing(office.cases.read(number, by))
        return await chain_of(office.pool, number)

    async def my_worklist(request: Request) -> Response:
        by = person(request, office.verifier)
        wanted = query(request, worklist.Filter)
        await reached(office, wanted.after)
        page = await worklist.worklist(office.pool, by.unit, wanted)
        return json({**page, "counts": await worklist.counts(office.pool, by.unit)})

    async def my_inbox(request: Request) -> Response:
        by = person(request, office.verifier)
        wanted = query(request, worklist.InboxFilter)
        await reached(office, wanted.after)
        if wanted.which == "requested":
            page = await worklist.requested(office.pool, by.unit, wanted, office.cases.book, datetime.now(UTC))
        else:
            page = await worklist.inbox(office.pool, by.unit, wanted)
        return json({**page, "counts": await worklist.counts(office.pool, by.unit)})

    get(router, "/cases/{number}", case, "case")
    get(router, "/cases/{number}/history", history, "history")
    get(router, "/cases/{number}/chain", records, "chain")
    get(router, "/worklist", my_worklist, "worklist", query=worklist.Filter)
    get(router, "/inbox", my_inbox, "inbox", query=worklist.InboxFilter)
    return router


async def reached(office: Office, after: int | None) -> None:
    """Read your own writes: wait until the views show `after`. Raises Problem 503 `views_behind`."""
    if after is not None and not await all_reach(office.shown, after, WAIT_FOR_VIEWS):
        raise Problem(
            503,
            "views_behind",
            "The lists have not caught up with that position yet. Ask again shortly.",
            "列表尚未更新到该位置，请稍后重试。",
            headers={"Retry-After": "1"},
        )


def query(request: Request, model: type[M]) -> M:
    """What stands after the question mark; numbers come as text. Raises Problem 422."""
    said: dict[str, Any] = dict(request.query_params)
    for name in ("limit", "after"):
        if name in said and said[name].isascii() and said[name].isdigit() and len(said[name]) < 20:
            said[name] = int(said[name])
    return parsed_query(model, said)
