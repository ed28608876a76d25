"""The portal's pages: the live board and tracking. They work without a script; with one, the board is live."""

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import TypeAdapter, ValidationError

from contracts.fields import CaseNumber
from services.portal import lately, rows, words
from services.portal.api import MAX_TRACK, PRIVATE, client
from services.portal.languages import Language, chosen, languages
from services.portal.parts import Parts
from services.portal.tracking import line
from services.runtime.http.problem import Problem

TEMPLATES = Path(__file__).parent / "templates"
DAYS = 30
LATEST = 16
FLOWS = 10
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
    found.globals.update(language=language, languages=languages(), words=words, line=lambda step: line(step, language))
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
            days=board.last_days(DAYS),
            latest=latest,
        )

    async def track(self, request: Request) -> HTMLResponse:
        """The result, or the form again with what went wrong and what to do. The code is never put back into it."""
        typed = await _form(request)
        number = unicodedata.normalize("NFKC", typed.get("number", "")).translate(_DASHES).strip()[:60]
        try:
            number = _NUMBER.validate_python(number)
            found = await self._parts.tracking.track(number, typed.get("code", ""), client(request))
        except ValidationError:
            return self.page(request, "track.html", 422, number=number, problem="number")
        except Problem as problem:
            found = self.page(request, "track.html", problem.status, number=number, problem=problem.code)
            found.headers.update(problem.headers)
            return found
        return self.page(request, "tracked.html", case=found)


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
    """`/`, `/board` (the live part of it), `/track`."""
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

    _ = (home, board, ask, track)
    return router
