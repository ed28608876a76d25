"""Signing in and out, and the choice of a password."""

from fastapi.responses import Response

from services.office.accounts.accounts import Accounts
from services.office.accounts.passwords import PasswordRefused
from services.office.accounts.signing_in import Refused, SigningIn
from services.office.pages.site import EVERYBODY, PASSWORD, SIGN_IN, Rule, Site, Visit, back
from services.pages.languages import N_

WRONG = {
    "sign_in_wrong": N_("Name, password or code is wrong. Check all three; after several tries you have to wait."),
    "sign_in_wait": N_("Too many tries. Wait {seconds} s, then try again."),
    "totp_needed": N_("Enter the six digits that your authenticator shows."),
}
REFUSED = {
    "password_wrong": N_("The present password is wrong."),
    "password_short": N_("A password has at least 12 characters."),
    "password_long": N_("A password has at most 128 characters."),
    "password_common": N_("Everybody guesses that password. Choose another one."),
    "password_differs": N_("The new password was not the same both times."),
    "password_same": N_("Choose another password than the present one."),
}


class SignIn:
    """`secure`: cookies go over HTTPS alone."""

    def __init__(self, accounts: Accounts, signing_in: SigningIn, *, secure: bool) -> None:
        self._accounts = accounts
        self._signing_in = signing_in
        self._secure = secure

    def routes(self, site: Site) -> None:
        site.get(SIGN_IN, Rule(None), self._ask)
        site.post(SIGN_IN, Rule(None), self._take)
        site.post("/sign-out", Rule(EVERYBODY, before_password=True), self._out)
        site.get(PASSWORD, Rule(EVERYBODY, before_password=True), self._ask_password)
        site.post(PASSWORD, Rule(EVERYBODY, before_password=True), self._take_password)

    async def _ask(self, visit: Visit) -> Response:
        to = back(visit.request.query_params.get("to", "/"))
        if visit.session is not None:
            return visit.to(to)
        return visit.page("sign_in.html", to=to, name="", wrong=None, seconds=0)

    async def _take(self, visit: Visit) -> Response:
        said, to = visit.form, back(visit.form.one("to") or "/")
        name = said.one("name").strip()[:60]
        client = visit.request.client.host if visit.request.client else "unknown"
        found = await self._signing_in.sign_in(name, said.one("password"), said.one("code") or None, client)
        if isinstance(found, Refused):
            status = 429 if found.code == "sign_in_wait" else 403
            answer = visit.page(
                "sign_in.html", status, to=to, name=name, wrong=WRONG[found.code], seconds=found.seconds
            )
            if found.seconds:
                answer.headers["Retry-After"] = str(found.seconds)
            return answer
        answer = visit.to(to)
        self._set_cookie(visit, answer, found.secret)
        return answer

    def _set_cookie(self, visit: Visit, answer: Response, secret: str) -> None:
        answer.set_cookie(visit.site.cookie, secret, path="/", secure=self._secure, httponly=True, samesite="lax")

    async def _out(self, visit: Visit) -> Response:
        await visit.site.sessions.end(visit.request.cookies.get(visit.site.cookie, ""))
        answer = visit.to(SIGN_IN)
        answer.delete_cookie(visit.site.cookie, path="/", secure=self._secure, httponly=True, samesite="lax")
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer

    async def _ask_password(self, visit: Visit) -> Response:
        return visit.page("password.html", wrong=None)

    async def _take_password(self, visit: Visit) -> Response:
        """All other sessions of the account end with its old password."""
        code = await self._changed(visit)
        if code is not None:
            return visit.page("password.html", 422, wrong=REFUSED[code])
        answer = visit.to("/")
        self._set_cookie(visit, answer, await self._signing_in.again(visit.by.subject))
        return answer

    async def _changed(self, visit: Visit) -> str | None:
        """Why it was not, by code."""
        said = visit.form
        if said.one("new") != said.one("again"):
            return "password_differs"
        if said.one("new") == said.one("old"):
            return "password_same"
        if not await self._signing_in.knows(visit.by.subject, said.one("old")):
            return "password_wrong"
        try:
            await self._accounts.set_password(visit.by.subject, said.one("new"), must_change=False)
        except PasswordRefused as refused:
            return refused.code
        return None
