"""The portal's pages: the live board and tracking. They work without a script; with one, the board is live."""

import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import TypeAdapter, ValidationError

from contracts.case.outcome import RequestKind
from contracts.fields import CaseNumber
from services.casework.applicant import ASKS
from services.portal import lately, replies, rows, words
from services.portal.api import MAX_TRACK, PRIVATE, client
from services.portal.asking import refused
from services.portal.languages import Language, chosen, languages
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


def environment(language: Language) -> Environment:
    """Templates in one language; every value is escaped, a missing one is an error."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    found.install_gettext_callables(language.gettext, language.ngettext, newstyle=True)  # type: ignore[attr-defined]
    found.filters.update(number=language.number, day=language.day, minute=language.minute, second=language.second)
    found.globals.update(language=language, languages=languages(), words=words, replies=replies, forms=FORMS)
    found.globals.update(line=lambda step: line(step, language))
    return found


class Pages:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._environments = {code: environment(language) for code, language in languages().items()}

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        query = request.query_params
        language = chosen(query.get("lang"), request.headers.get("accept-language"))
        asked = {"lang": language.code} if query.get("lang") in languages() else {}

        def link(path: str, **more: str | None) -> str:
            """A link that keeps the language that was asked for."""
            said = {**asked, **{k: v for k, v in more.items() if v}}
            return f"{path}?{urlencode(said)}" if said else path

        text = (
            self._environments[language.code]
            .get_template(template)
            .render(link=link, notice=self._parts.notice, path=request.url.path, **values)
        )
        headers = {"Content-Language": language.tag, "Vary": "Accept-Language", **PRIVATE}
        return HTMLResponse(text, status, headers)

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
        typed = await _form(request)
        number = unicodedata.normalize("NFKC", typed.get("number", "")).translate(_DASHES).strip()[:60]
        try:
            number = _NUMBER.validate_python(number)
            opened = await self._parts.tracking.open(number, typed.get("code", ""), client(request))
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

    async def _asked(
        self, opened: Opened, name: str, typed: Mapping[str, str]
    ) -> tuple[RequestKind | None, Problem | None]:
        """What was asked, or why it could not be. Shown with the case either way."""
        key = typed.get("key", "")
        if name in replies.CONFIRMED and typed.get("confirmed") != "yes":
            return None, refused("not_confirmed", 422)
        if not _KEY.fullmatch(key):
            return None, Problem(400, "idempotency_key", "Send the form of this page.", "请通过本页面的表单提交。")
        try:
            await self._parts.asking.ask(name, opened, key)
        except Problem as problem:
            return None, problem
        return ASKS[name].kind, None


async def _form(request: Request) -> Mapping[str, str]:
    """The fields of a form, at most MAX_TRACK bytes of them. Raises Problem 413, 415."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Problem(415, "content_type", "Send the form of this page.", "请通过本页面的表单提交。")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_TRACK:
            raise Problem(413, "too_large", "The form is too long.", "表单内容过长。")
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=20))
    except ValueError:
        raise Problem(400, "too_many_fields", "Send the form of this page.", "请通过本页面的表单提交。") from None


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
