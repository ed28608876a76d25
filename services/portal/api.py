"""The portal's API: tracking, the board's figures, and its live events. None of it needs a token."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from contracts.case import Material
from contracts.fields import CaseNumber
from services.casework.moment import local_day
from services.office.chief_representatives import BodiesAsked, representatives
from services.office.openapi import KEY, inline
from services.pages.shell import PRIVATE
from services.portal import lately
from services.portal.due import DuePage, due
from services.portal.lately import CasesPage, LatestPage
from services.portal.live import Full
from services.portal.parts import Parts
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import idempotency_key, parsed, parsed_query, raw

MAX_TRACK = 4096
MAX_ASK = 32 * 1024
"""Bytes: a hundred papers, each a kind and a digest."""


class Track(BaseModel):
    """The query code travels in the body alone, never in an address that is kept in histories and logs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: CaseNumber
    code: Annotated[str, Field(strict=True, min_length=1, max_length=64, pattern=r"^[^\x00]*$")]


class Papers(BaseModel):
    """What the citizen brings, as the offices' own body has it: kinds and digests, nothing that says whose they are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    materials: Annotated[tuple[Material, ...], Field(min_length=1, max_length=100)]


class TrackPapers(Track, Papers):
    pass


def client(request: Request) -> str:
    """Whose tries are counted together. Behind a proxy on this machine, uvicorn has put in whom that one names."""
    return request.client.host if request.client else "unknown"


def last_event(request: Request) -> int | None:
    """The position after which to go on; None for a client that begins, or whose header is no position."""
    said = request.headers.get("last-event-id", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 18 else None


def _body(model: type[BaseModel]) -> dict[str, object]:
    schema = inline(model.model_json_schema())
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _query(model: type[BaseModel]) -> dict[str, object]:
    fields = model.model_json_schema()["properties"]
    return {"parameters": [{"name": n, "in": "query", "required": False, "schema": s} for n, s in fields.items()]}


def _ask(parts: Parts, name: str) -> Callable[[Request], Awaitable[Response]]:
    """The citizen asks for `name` of ASKS."""
    model = ASKED[name][0]

    async def ask(request: Request) -> Response:
        key = idempotency_key(request)
        body = parsed(model, await raw(request, MAX_ASK))
        said = Papers(materials=body.materials) if isinstance(body, TrackPapers) else None
        opened = await parts.tracking.open(body.number, body.code, client(request))
        done = await parts.asking.ask(name, opened, key, said)
        case = await opened.shown()
        return json({"request": done.request, "pos": done.pos, "case": case.json()}, headers=PRIVATE)

    return ask


ASKED: Mapping[str, tuple[type[Track], str]] = {
    "urge": (Track, "The citizen urges, at most once a day · 申请人催办，每日一次"),
    "withdraw": (Track, "The citizen asks to withdraw the application · 申请人申请撤回"),
    "submit-supplement": (TrackPapers, "The citizen hands in papers that were asked for · 申请人提交补正材料"),
    "request-hearing": (Track, "The citizen asks for the hearing that was offered · 申请人申请听证"),
    "withdraw-hearing-request": (Track, "The citizen takes the request for a hearing back · 申请人撤回听证申请"),
}
"""Body and summary of each, by the last part of its route."""


def routes(parts: Parts) -> APIRouter:
    """`/api/v1/track` and what is asked under it, `/api/v1/dashboard/*`, `/events`."""
    router = APIRouter()
    for name, (model, told) in ASKED.items():
        router.add_api_route(
            f"/api/v1/track/{name}",
            _ask(parts, name),
            methods=["POST"],
            tags=["tracking"],
            summary=told,
            operation_id=f"track_{name.replace('-', '_')}",
            openapi_extra={**_body(model), "parameters": [KEY]},
        )

    @router.post("/api/v1/track", tags=["tracking"], summary="A case for its citizen", openapi_extra=_body(Track))
    async def track(request: Request) -> Response:
        body = parsed(Track, await raw(request, MAX_TRACK))
        opened = await parts.tracking.open(body.number, body.code, client(request))
        return json((await opened.shown()).json(), headers=PRIVATE)

    @router.get("/api/v1/dashboard/summary", tags=["board"], summary="Cases by tier, unit, phase, item and day")
    async def summary() -> Response:
        return json((await parts.boards.now()).summary())

    @router.get("/api/v1/dashboard/flow", tags=["board"], summary="Passes between tiers and between units")
    async def flow() -> Response:
        return json((await parts.boards.now()).flow())

    @router.get(
        "/api/v1/dashboard/latest", tags=["board"], summary="Events, newest first", openapi_extra=_query(LatestPage)
    )
    async def latest(request: Request) -> Response:
        return json(await lately.latest(parts.pool, parsed_query(LatestPage, request.query_params)))

    @router.get("/api/v1/dashboard/cases", tags=["board"], summary="Every case", openapi_extra=_query(CasesPage))
    async def cases(request: Request) -> Response:
        return json(await lately.cases(parts.pool, parsed_query(CasesPage, request.query_params)))

    @router.get(
        "/api/v1/dashboard/due",
        tags=["board"],
        summary="Open cases of a unit and all below it, by when their first limit ends",
        openapi_extra=_query(DuePage),
    )
    async def becomes_due(request: Request) -> Response:
        page = parsed_query(DuePage, request.query_params)
        return json(await due(parts.pool, parts.boards.book, page, parts.boards.clock()))

    @router.get(
        "/api/v1/dashboard/chief-representatives",
        tags=["board"],
        summary="How far each body is, and its cases, steps and days before and after the sign was hung out",
        openapi_extra=_query(BodiesAsked),
    )
    async def chief_representatives(request: Request) -> Response:
        asked = parsed_query(BodiesAsked, request.query_params)
        boards = parts.boards
        # Every case is here, whoever hosts its body; whose sign hangs is for those on duty to read.
        today = local_day(boards.clock())
        return json(await representatives(parts.pool, boards.book, today, asked, None, named=False))

    @router.get("/events", tags=["board"], summary="Events of cases as they come (server-sent events)")
    async def events(request: Request) -> Response:
        try:
            listener = parts.live.listen()
        except Full:
            raise Problem(
                503,
                "full",
                "Too many are listening; try again.",
                "连接数已满，请稍后重试。",
                headers={"Retry-After": "5"},
            ) from None
        return StreamingResponse(
            parts.live.stream(listener, last_event(request)),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    _ = (track, summary, flow, latest, cases, becomes_due, chief_representatives, events)
    return router
