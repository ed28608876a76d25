"""Reading over HTTP: a case, its history and chain, the worklist and the inbox."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from services.office import chain, waiting, worklist
from services.office.openapi import get
from services.office.refusing import doing
from services.office.serving import Office, case_number, unknown_case
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import parsed_query, person
from services.runtime.tide import Tide

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
        found = await chain.records(office.pool, number)
        if not found:
            raise unknown_case()
        return Response(found, media_type=chain.NDJSON)

    async def my_worklist(request: Request) -> Response:
        by = person(request, office.verifier)
        wanted = _query(request, worklist.Filter)
        await _reached(office.projector.shown, wanted.after)
        page = await worklist.worklist(office.pool, by.unit, wanted)
        return json({**page, "counts": await worklist.counts(office.pool, by.unit)})

    async def my_inbox(request: Request) -> Response:
        by = person(request, office.verifier)
        wanted = _query(request, worklist.InboxFilter)
        await _reached(office.projector.shown, wanted.after)
        if wanted.which == "requested":
            await _reached(office.requested.shown, wanted.after)
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


async def _reached(shown: Tide, after: int | None) -> None:
    """Read your own writes: wait until the view shows `after`. Raises Problem 503 `views_behind`."""
    if after is not None and not await shown.reach(after, WAIT_FOR_VIEWS):
        raise Problem(
            503,
            "views_behind",
            "The lists have not caught up with that position yet. Ask again shortly.",
            "列表尚未更新到该位置，请稍后重试。",
            headers={"Retry-After": "1"},
        )


def _query(request: Request, model: type[BaseModel]) -> Any:
    query: dict[str, Any] = dict(request.query_params)
    for name in ("limit", "after"):
        if name in query and query[name].isascii() and query[name].isdigit() and len(query[name]) < 20:
            query[name] = int(query[name])
    return parsed_query(model, query)
