"""A township's office at ten on a Monday, and its pages with a clerk and a head."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.lawclock.office import Office, office
from tests.office.site import Pages, pages


@pytest_asyncio.fixture
async def here(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(database, tmp_path, "2026-03-02 10:00") as found:
        yield found


@pytest_asyncio.fixture
async def site(here: Office, tmp_path: Path) -> AsyncIterator[Pages]:
    async with pages(here, tmp_path) as found:
        await found.account("window1", "clerk")
        await found.account("chief", "head")
        yield found
