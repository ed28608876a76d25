"""The office's pages put into its application."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from services.casework.who import ROLES
from services.office.accounts.accounts import Accounts
from services.office.accounts.passwords import Passwords
from services.office.accounts.sessions import Sessions
from services.office.accounts.signing_in import SigningIn
from services.office.pages.case import CasePages
from services.office.pages.deeds import Deeds
from services.office.pages.lists import ListPages
from services.office.pages.outgoing import Outgoing
from services.office.pages.papers import PaperPages
from services.office.pages.reads import READ_BY, ReadPages
from services.office.pages.receive import ReceivePages
from services.office.pages.several import SeveralPages
from services.office.pages.shell import shell
from services.office.pages.signing_in import SignIn
from services.office.pages.site import Site, Visit
from services.office.papers.tray import Tray
from services.office.serving import Office
from services.pages.guarded import guard
from services.runtime.settings import Settings
from services.runtime.vault import Vault

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class SessionRules:
    """`service`: whose cookie it is. `https`: it goes over HTTPS alone. How long sessions last: `Sessions`."""

    service: str
    https: bool
    idle: timedelta
    longest: timedelta

    @staticmethod
    def of(settings: Settings) -> "SessionRules":
        idle, longest = timedelta(minutes=settings.session_minutes), timedelta(hours=settings.session_hours)
        return SessionRules(settings.service, settings.https, idle, longest)


def put_pages(
    app: FastAPI,
    office: Office,
    rules: SessionRules,
    wrapping: Mapping[str, bytes],
    vault: Vault,
    outgoing: Callable[[], Outgoing | None],
    tracking: str | None,
    tray: Tray,
    most: int,
    deeds: Deeds,
) -> Site:
    """All pages, and headers that let a browser run nothing else. `wrapping`: the wrapping key of each unit here.
    `outgoing`: None while the link to the other offices is up. `tracking`: address on the receipts' QR codes. `most`:
    bytes of the largest scan."""
    passwords = Passwords()
    sessions = Sessions(office.pool, rules.idle, rules.longest)

    def place(visit: Visit) -> Mapping[str, Any]:
        unit = visit.session and office.cases.book.units.get(visit.session.account.unit)
        roles = visit.session.account.roles if visit.session else frozenset[str]()
        return {
            "unit": unit.name if unit else None,
            "receives": bool(roles & ROLES["receive"]),
            "most": most,
            "reads": bool(roles & READ_BY),
            "outgoing": outgoing(),
        }

    cookie = f"{'__Host-' if rules.https else ''}sanji-{rules.service}"
    site = Site(shell(), sessions, cookie, place)
    signing_in = SigningIn(office.pool, passwords, sessions, wrapping)
    SignIn(Accounts(office.pool, passwords), signing_in, secure=rules.https).routes(site)
    ListPages(office).routes(site)
    CasePages(office, deeds).routes(site)
    SeveralPages(office).routes(site)
    ReceivePages(office, vault, tracking).routes(site)
    ReadPages(office).routes(site)
    PaperPages(office, tray, most).routes(site)
    app.include_router(site.router)
    guard(app, [STATIC], referrer="same-origin", plain=("/api/", "/metrics"))
    return site
