"""Chromium of the machine, and one portal with the receipt log's cases and a day's pile beside them."""

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from deploy.local import Stack
from tests.portal.conftest import Portal, running_portal
from tests.portal.histories import pile, publish, receipt_log
from tests.portal.test_tracking import keep, message, travelled

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "These tests need chromium (Debian: apt-get install chromium fonts-noto-cjk), or CHROMIUM names it."
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def board(stack: Stack) -> AsyncIterator[Portal]:
    """1,434 cases over 103 units, 60 more in every state, and one that can be tracked."""
    dsn = stack.postgres.create_database("board")
    async with running_portal(dsn) as portal:
        portal.book = await publish(portal.log)
        await portal.add(*receipt_log(portal.book))
        await portal.add(*pile(portal.book))
        history = travelled()
        await portal.add(history)
        assert await keep(portal, await message(history)) == {}
        yield portal


@dataclass
class Screen:
    """A page of a given width, and what its console complained of."""

    page: Page
    complaints: list[str]

    async def opens(self, address: str) -> None:
        await self.page.goto(address, wait_until="load")

    async def live(self) -> None:
        """Waits until the board says that it is."""
        await self.page.wait_for_selector('#stamp[data-state="live"]')


@pytest.fixture
async def screens(browser: Browser) -> AsyncIterator["Screens"]:
    opened = Screens(browser)
    yield opened
    for page in opened.pages:
        await page.context.close()


class Screens:
    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.pages: list[Page] = []

    async def of(self, width: int, height: int = 900, *, script: bool = True, locale: str = "zh-CN") -> Screen:
        context = await self._browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=script, locale=locale
        )
        page = await context.new_page()
        page.set_default_timeout(30_000)
        screen = Screen(page, [])

        def heard(message: ConsoleMessage) -> None:
            # An answer 403 to a wrong code is said in the console by the browser itself.
            if message.type in ("error", "warning") and "status of 403" not in message.text:
                screen.complaints.append(message.text)

        page.on("console", heard)
        page.on("pageerror", lambda error: screen.complaints.append(str(error)))
        self.pages.append(page)
        return screen
