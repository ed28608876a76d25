"""A township's pages on real PostgreSQL, asked as a browser asks them."""

import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI

from contracts.topics import Topics
from services.office.accounts.accounts import Accounts
from services.office.accounts.passwords import Passwords
from services.office.pages.application import SessionRules, put_pages
from services.office.pages.deeds import Deeds
from services.office.pages.outgoing import Outgoing
from services.office.pages.site import Site
from services.office.papers.tray import Tray
from services.office.serving import Office as Served
from services.office.supervision import Orders
from services.runtime.fetching import Fetching
from services.runtime.host import Host
from services.runtime.http.app import create
from services.runtime.issuer import PUBLIC_FILE, make_issuer, read_issuer_keys
from services.runtime.keys import make_unit_keys
from services.runtime.letters import Letters
from services.runtime.metrics import Metrics
from services.runtime.replica import Replica
from services.runtime.tokens import Verifier
from tests.lawclock.office import Office
from tests.office.story import CITY, TOWNSHIP

TRACKING = "https://track.test/track"
MOST = 1024 * 1024
PASSWORD = "four calm words here"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(frozen=True)
class Pages:
    here: Office
    app: FastAPI
    site: Site
    accounts: Accounts
    wrapping: bytes
    link: list[Outgoing | None]
    """The last says how the link to the other offices is."""

    @contextlib.asynccontextmanager
    async def browser(self) -> "AsyncIterator[httpx.AsyncClient]":
        transport = httpx.ASGITransport(app=self.app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://office.test") as client:
            yield client

    async def account(self, name: str, *roles: str, unit: str = TOWNSHIP, department: str | None = None) -> None:
        """One that has chosen its password already."""
        await self.accounts.add(name, unit, department, roles, PASSWORD)
        await self.accounts.set_password(name, PASSWORD, must_change=False)

    @contextlib.asynccontextmanager
    async def signed_in(self, name: str) -> "AsyncIterator[httpx.AsyncClient]":
        async with self.browser() as browser:
            answer = await sign_in(browser, name)
            assert answer.status_code == 303, answer.text
            yield browser


async def sign_in(browser: httpx.AsyncClient, name: str, password: str = PASSWORD, code: str = "") -> httpx.Response:
    return await browser.post("/sign-in", data={"name": name, "password": password, "code": code})


def csrf(page: httpx.Response) -> str:
    found = CSRF.search(page.text)
    assert found is not None, page.text[:2000]
    return found[1]


@contextlib.asynccontextmanager
async def pages(here: Office, folder: Path) -> AsyncIterator[Pages]:
    """The pages of an office; sessions of half an hour, twelve hours at the longest."""
    make_issuer(folder / "issuer")
    verifier = Verifier(read_issuer_keys(folder / "issuer" / PUBLIC_FILE))
    keys = make_unit_keys(folder / "page-keys", TOWNSHIP)
    shown = (here.views.shown, here.requested.shown)
    served = Served(
        here.log.pool, here.cases, here.acts, here.receiving, here.notices, here.papers, verifier, shown,
        b"m" * 32, frozenset({TOWNSHIP}), here.law,
    )  # fmt: skip
    app = create("office", "0", Metrics("office"))
    rules = SessionRules("test", False, timedelta(minutes=30), timedelta(hours=12))
    link: list[Outgoing | None] = [None]
    wrapping = {TOWNSHIP: keys.wrapping}
    tray = Tray(here.log.pool, here.store, wrapping)
    host = Host("office", "township", frozenset({TOWNSHIP}), CITY, Topics(""))
    replica = Replica(here.log.pool, here.log.tide, host, Letters(here.vault, {}))
    deeds = Deeds(here.acts, Orders(here.log.pool, here.cases, Fetching(replica, None)), None)
    site = put_pages(app, served, rules, wrapping, here.vault, lambda: link[-1], TRACKING, tray, MOST, deeds)
    yield Pages(here, app, site, Accounts(here.log.pool, Passwords()), keys.wrapping, link)
