"""The lists of an office's day: whole, in their order, page by page."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from contracts.case import CaseClaimed
from services.casework.limits import Light
from services.office import lists
from services.office.lists import Asked
from tests.lawclock.office import Office, office
from tests.office.story import TOWNSHIP

PERSON = "A01"


@pytest_asyncio.fixture
async def here(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(database, tmp_path, "2026-03-02 10:00") as found:
        yield found


async def whole(here: Office, name: str, now: datetime, person: str = PERSON, **more: str) -> list[str]:
    """Every case of a list, over all its pages."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        asked = Asked.model_validate({"list": name, "cursor": cursor, **more})
        page = await lists.page(here.log.pool, TOWNSHIP, person, asked, now)
        found += [line.number for line in page.lines]
        if page.next is None:
            return found
        cursor = page.next


async def test_every_case_is_on_its_list_once_over_all_pages(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAGE", 2)
    numbers = [await here.receive() for _ in range(5)]
    await here.act(numbers[1], "claim")
    claimed = (await here.events(numbers[1]))[-1]
    assert isinstance(claimed, CaseClaimed)
    person = claimed.person
    now = here.hands()
    assert await whole(here, "all", now) == numbers
    assert await whole(here, "mine", now, person) == [numbers[1]]
    assert await whole(here, "mine", now, "nobody-else") == []
    assert await whole(here, "free", now) == [one for one in numbers if one != numbers[1]]
    assert sorted(await whole(here, "due", now)) == numbers
    assert await lists.counts(here.log.pool, TOWNSHIP, person) == {
        "due": 5, "mine": 1, "free": 4, "all": 5, "offered": 0, "sent": 0, "asked": 0, "ordered": 0, "requested": 0,
    }  # fmt: skip


async def test_the_case_whose_limit_ends_first_stands_at_the_top_with_its_light(here: Office) -> None:
    early = await here.receive()
    here.hands.at = datetime(2026, 3, 5, 2, tzinfo=UTC)
    late = await here.receive()
    await here.seen()
    now = datetime(2026, 3, 9, 2, tzinfo=UTC)
    page = await lists.page(here.log.pool, TOWNSHIP, PERSON, Asked(), now)
    assert [line.number for line in page.lines] == [early, late]
    assert [line.light for line in page.lines] == [Light.AMBER, Light.GREEN]
    assert await whole(here, "due", now, light="amber") == [early]
    assert await whole(here, "due", now, light="red") == []
    after = datetime(2026, 3, 10, 2, tzinfo=UTC)
    assert await whole(here, "due", after, light="red") == [early]
    assert await whole(here, "due", after, light="amber") == []
