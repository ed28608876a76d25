"""The portal's pages: the live board and tracking. They work without a script; with one, the board is live."""

import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import TypeAdapter, ValidationError

from contracts.case.outcome import RequestKind
from contracts.fields import CaseNumber
from services.casework.applicant import ASKS
from services.pages.forms import Form, form
from services.pages.languages import Language
from services.pages.shell import Shell
from services.portal import lately, replies, rows
from services.portal.api import MAX_TRACK, client
from services.portal.asking import refused
from services.portal.parts import Parts
from services.portal.tracked import line
from services.portal.tracking import Opened
from services.runtime.http.problem import Problem

TEMPLATES = Path(__file__).parent / "templates"
DAYS = 30
LATEST = 16
FLOWS = 10
FORMS = ("urge", "request-hearing", "withdraw-hearing-request", "withdraw")
"""What of ASKS has a form on the page of a case. Papers need their digests, so they come by the API."""
_KEY = re.compile(r"[0-9a-f]{32}")
_NUMBER: TypeAdapter[str] = TypeAdapter(CaseNumber)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))


def _said(language: Language) -> Mapping[str, Any]:
    return {"replies": replies, "forms": FORMS, "line": lambda step: line(step, language)}


class Pages:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._shell = Shell(TEMPLATES, _said)

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        return self._shell.page(request, template, status, notice=self._parts.notice, **values)

    async def board(self, request: Request, template: str) -> HTMLResponse:
        board = await self._parts.boards.now()
        asked = request.query_params.get("district")
        opened = asked if asked is not None and board.tier(asked) == "district" else None
        latest = await lately.latest_rows(self._parts.pool, LATEST)
        return self.page(
            request,
            template,
            board=board,
            opened=opened,
            tiers=rows.by_tier(board),
            regions=rows.by_region(board, opened),
            flows=board.flows[:FLOWS],
            ordered=board.ordered()[:FLOWS],
            unacknowledged=board.unacknowledged()[:FLOWS],
            days=board.last_days(DAYS),
            latest=latest,
        )

    async def track(self, request: Request, name: str | None = None) -> HTMLResponse:
        """The case, after it was asked for `name` of ASKS about it if that is given; or the form again with what went
        wrong and what to do. The code is never put back into it."""
        typed = await form(request, MAX_TRACK, 20)
        number = unicodedata.normalize("NFKC", typed.one("number")).translate(_DASHES).strip()[:60]
        try:
            number = _NUMBER.validate_python(number)
            opened = await self._parts.tracking.open(number, typed.one("code"), client(request))
            done, problem = await self._asked(opened, name, typed) if name else (None, None)
            case = await opened.shown()
        except ValidationError:
            return self.page(request, "track.html", 422, number=number, problem="number")
        except Problem as wrong:
            found = self.page(request, "track.html", wrong.status, number=number, problem=wrong.code)
            found.headers.update(wrong.headers)
            return found
        status = problem.status if problem else 200
        return self.page(request, "tracked.html", status, case=case, done=done, problem=problem, key=uuid4().hex)

    async def _asked(self, opened: Opened, name: str, typed: Form) -> tuple[RequestKind | None, Problem | None]:
        """What was asked, or why it could not be. Shown with the case either way."""
        key = typed.one("key")
        if name in replies.CONFIRMED and typed.one("confirmed") != "yes":
            return None, refused("not_confirmed", 422)
        if not _KEY.fullmatch(key):
            return None, Problem(400, "idempotency_key", "Send the form of this page.", "请通过本页面的表单提交。")
        try:
            await self._parts.asking.ask(name, opened, key)
        except Problem as problem:
            return None, problem
        return ASKS[name].kind, None


def routes(parts: Parts) -> APIRouter:
    """`/`, `/board` (the live part of it), `/track` and what is asked on its page."""
    router = APIRouter(include_in_schema=False)
    pages = Pages(parts)

    @router.get("/")
    async def home(request: Request) -> Response:
        return await pages.board(request, "board.html")

    @router.get("/board")
    async def board(request: Request) -> Response:
        return await pages.board(request, "_board.html")

    @router.get("/track")
    async def ask(request: Request) -> Response:
        return pages.page(request, "track.html", number="", problem=None)

    @router.post("/track")
    async def track(request: Request) -> Response:
        return await pages.track(request)

    def asking(name: str) -> Callable[[Request], Awaitable[Response]]:
        async def asks(request: Request) -> Response:
            return await pages.track(request, name)

        return asks

    for name in FORMS:
        router.add_api_route(f"/track/{name}", asking(name), methods=["POST"])
        # Whoever comes back to what a form answered, in the other language, say, begins with number and code.
        router.add_api_route(f"/track/{name}", ask, methods=["GET"])

    _ = (home, board, ask, track)
    return router
