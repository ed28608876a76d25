"""Who is signed in and what he may open. Every page has its rule here; whatever is routed elsewhere is no page."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.office.accounts.sessions import Session, Sessions
from services.pages.forms import Form, form
from services.pages.shell import Shell
from services.runtime.http.problem import Problem
from services.runtime.tokens import ROLES, Actor

SIGN_IN, PASSWORD = "/sign-in", "/password"
EVERYBODY: frozenset[str] = ROLES
MAX_FORM = 256 * 1024
"""Bytes of a form without papers."""
NO_FORM = Form(())


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may open a page, by role. `roles` None: also who is not signed in."""

    roles: frozenset[str] | None
    before_password: bool = False
    """Open too while the account has to choose a password of its own."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page by whoever is signed in, with its form when it is sent."""

    site: "Site"
    request: Request
    session: Session | None
    form: Form = NO_FORM

    @property
    def by(self) -> Actor:
        """Raises Problem 401 where nobody is signed in."""
        if self.session is None:
            raise Problem(401, "signed_out", "Sign in again.", "请重新登录。")
        account = self.session.account
        return Actor(account.name, account.unit, account.department, account.roles)

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A template under `office/`, with whom it greets."""
        account = self.session.account if self.session else None
        csrf = self.session.csrf if self.session else ""
        return self.site.shell.page(
            self.request, f"office/{template}", status, account=account, csrf=csrf, here=self.site.place(self), **values
        )

    def to(self, path: str) -> Response:
        """After a form: there, by GET, in the same language."""
        asked = self.request.query_params.get("lang")
        if asked:
            path += f"{'&' if '?' in path else '?'}lang={quote(asked, safe='')}"
        return RedirectResponse(path, 303)


Handler = Callable[[Visit], Awaitable[Response]]
Place = Callable[[Visit], Mapping[str, Any]]


@dataclass(slots=True)
class Site:
    """`cookie`: the name under which the session is kept, of this service alone, since a browser shows a cookie to
    every port of a host. `place`: what the head of each page says of where one is."""

    shell: Shell
    sessions: Sessions
    cookie: str
    place: Place
    router: APIRouter = field(default_factory=lambda: APIRouter(include_in_schema=False))
    rules: dict[tuple[str, str], Rule] = field(default_factory=dict[tuple[str, str], Rule])

    def get(self, path: str, rule: Rule, handler: Handler) -> None:
        self._add("GET", path, rule, handler)

    def post(self, path: str, rule: Rule, handler: Handler) -> None:
        """What a form is sent to: from this site alone, with the session's own secret in it."""
        self._add("POST", path, rule, handler)

    def post_content(self, path: str, rule: Rule, handler: Handler) -> None:
        """What a page's script sends as it is, such as a scan: from this site alone, with the session's secret in the
        header CSRF. It is answered with JSON, a problem too."""
        self.rules["POST", path] = rule

        async def route(request: Request) -> Response:
            session = await self.sessions.find(request.cookies.get(self.cookie, ""))
            visit = Visit(self, request, session, Form((("csrf", request.headers.get("csrf", "")),)))
            _allowed(visit, rule)
            if visit.session is not None and visit.session.account.must_change:
                raise Problem(403, "password_first", "Choose a password of your own first.", "请先设置自己的密码。")
            _from_here(request)
            _with_secret(visit, rule)
            return await handler(visit)

        self.router.add_api_route(path, route, methods=["POST"])

    def _add(self, method: str, path: str, rule: Rule, handler: Handler) -> None:
        self.rules[method, path] = rule

        async def route(request: Request) -> Response:
            session = await self.sessions.find(request.cookies.get(self.cookie, ""))
            visit = Visit(self, request, session)
            try:
                if (elsewhere := _sent_elsewhere(visit, rule)) is not None:
                    return elsewhere
                _allowed(visit, rule)
                if method == "POST":
                    _from_here(request)
                    visit = Visit(self, request, session, await form(request, MAX_FORM))
                    _with_secret(visit, rule)
                return await handler(visit)
            except Problem as problem:
                found = visit.page("problem.html", problem.status, problem=problem)
                found.headers.update(problem.headers)
                return found

        self.router.add_api_route(path, route, methods=[method])


def _sent_elsewhere(visit: Visit, rule: Rule) -> Response | None:
    """To the sign-in, and back from there; or to the choice of a password."""
    if rule.roles is None:
        return None
    if visit.session is None:
        address = visit.request.url
        back = f"{address.path}?{address.query}" if address.query else address.path
        wanted = f"?to={quote(back, safe='')}" if visit.request.method == "GET" and back != "/" else ""
        return visit.to(f"{SIGN_IN}{wanted}")
    if visit.session.account.must_change and not rule.before_password:
        return visit.to(PASSWORD)
    return None


def _allowed(visit: Visit, rule: Rule) -> None:
    if rule.roles is not None and not visit.by.roles & rule.roles:
        raise Problem(403, "role_missing", "Your roles do not open this page.", "您的角色无权打开此页面。")


def _from_here(request: Request) -> None:
    """A browser says where a form was sent from; another site cannot make it say something else."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    fits = site in (None, "same-origin", "none")
    if origin is not None:
        fits = fits and urlsplit(origin).netloc == request.headers.get("host")
    if not fits:
        raise Problem(403, "form_elsewhere", "Send the form of this page.", "请通过本页面的表单提交。")


def _with_secret(visit: Visit, rule: Rule) -> None:
    if rule.roles is None or visit.session is None:
        return
    if not hmac.compare_digest(visit.form.one("csrf").encode(), visit.session.csrf.encode()):
        raise Problem(
            403,
            "form_old",
            "This form belongs to an earlier sign-in. Open the page again and repeat.",
            "该表单属于此前的登录。请重新打开页面后再提交。",
        )


def back(said: str) -> str:
    """Where to go after signing in: a page of this site, never another one's address."""
    fits = said.startswith("/") and not said.startswith(("//", "/\\")) and "\\" not in said and said.isprintable()
    return said if fits and len(said) <= 2000 else "/"
