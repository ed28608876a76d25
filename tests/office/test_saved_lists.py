"""A list is narrowed by item, and kept under a name by the person who wants it again."""

import asyncio
import re
from html import unescape

import httpx
import pytest

from services.office import lists, saved_lists
from services.office.lists import Asked
from services.runtime.http.problem import Problem
from tests.lawclock.office import Office
from tests.office.site import Pages, csrf
from tests.office.story import FORWARDED, LICENCE, TOWNSHIP, item_published

ROW = re.compile(r'href="/cases/([^"]+)"')


async def received(here: Office) -> dict[str, list[str]]:
    """Two cases of one item and three of another, by item."""
    await here.publish(f"item/{FORWARDED}", item_published(FORWARDED))
    return {item: [await here.receive(item=item) for _ in range(n)] for item, n in ((LICENCE, 2), (FORWARDED, 3))}


async def test_a_list_by_item_has_every_case_of_it_once_over_all_pages(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PAGE", 2)
    numbers = await received(here)
    pool = here.log.pool
    for item, expected in numbers.items():
        found: list[str] = []
        asked = Asked(list="all", item=item)
        while True:
            page = await lists.page(pool, TOWNSHIP, "A01", asked, here.hands())
            found += [line.number for line in page.lines]
            if page.next is None:
                break
            asked = asked.model_copy(update={"cursor": page.next})
        assert found == expected
    await here.act(numbers[FORWARDED][1], "claim")
    mine = await lists.page(pool, TOWNSHIP, "A01", Asked(list="mine", item=FORWARDED), here.hands())
    free = await lists.page(pool, TOWNSHIP, "A01", Asked(list="free", item=FORWARDED), here.hands())
    assert [len(mine.lines), len(free.lines)] == [1, 2]


async def test_only_items_with_open_cases_here_are_offered_to_choose_from(here: Office) -> None:
    numbers = await received(here)
    assert await lists.items(here.log.pool, TOWNSHIP) == sorted([LICENCE, FORWARDED])
    for number in numbers[LICENCE]:
        await here.act(number, "withdraw")
    assert await lists.items(here.log.pool, TOWNSHIP) == [FORWARDED]
    assert await lists.items(here.log.pool, "340402199") == []


async def kept(browser: httpx.AsyncClient, name: str, **asked: str) -> httpx.Response:
    page = await browser.get("/work", params=asked)
    return await browser.post("/lists/kept", data={"csrf": csrf(page), "name": name, **asked})


async def test_a_narrowed_list_is_kept_opened_again_and_removed(site: Pages) -> None:
    numbers = await received(site.here)
    async with site.signed_in("window1") as browser:
        assert 'action="/lists/kept"' not in (await browser.get("/work?list=all")).text, (
            "nothing to keep of a whole list"
        )
        done = await kept(browser, "证明 & more", list="all", item=FORWARDED)
        assert (done.status_code, done.headers["location"]) == (303, f"/work?list=all&item={FORWARDED}")
        page = await browser.get(done.headers["location"])
        assert sorted(ROW.findall(page.text)) == sorted(numbers[FORWARDED])
        assert "证明 &amp; more" in page.text
        assert 'action="/lists/kept"' not in page.text, "it is kept already"
        async with site.signed_in("chief") as other:
            assert "证明" not in (await other.get("/work")).text, "it is of the one who kept it"
        gone = await browser.post("/lists/dropped", data={"csrf": csrf(page), "name": "证明 & more"})
        assert gone.status_code == 303
        assert "证明" not in (await browser.get("/work")).text


async def test_a_list_that_nothing_fits_says_so_and_shows_the_way_back(site: Pages) -> None:
    await received(site.here)
    async with site.signed_in("window1") as browser:
        page = await browser.get("/work?list=mine&item=gone")
        assert "Show the whole list" in unescape(page.text) or "显示完整清单" in page.text
        assert 'href="/work?list=mine"' in page.text


@pytest.mark.parametrize("name", ["", " ", "x" * 41, "a\x00b", "line\nline"])
async def test_a_name_that_is_none_is_refused_and_nothing_is_kept(site: Pages, name: str) -> None:
    async with site.signed_in("window1") as browser:
        refused = await kept(browser, name, list="due", light="red")
        assert refused.status_code == 422
        assert await saved_lists.kept(site.here.log.pool, "window1") == []


async def test_a_name_that_is_taken_gets_the_new_list_and_there_are_so_many_and_no_more(site: Pages) -> None:
    pool = site.here.log.pool
    red, amber = Asked(list="due", light="red"), Asked(list="due", light="amber")
    names = [f"list {n}" for n in range(saved_lists.MOST + 5)]
    done = await asyncio.gather(
        *(saved_lists.keep(pool, "window1", name, red) for name in names), return_exceptions=True
    )
    refused = [one for one in done if isinstance(one, Problem)]
    assert [one.code for one in refused] == ["saved_many"] * 5
    there = await saved_lists.kept(pool, "window1")
    assert len(there) == saved_lists.MOST
    await saved_lists.keep(pool, "window1", there[3].name, amber)
    after = {one.name: one.asked for one in await saved_lists.kept(pool, "window1")}
    assert (after[there[3].name], len(after)) == (amber, saved_lists.MOST)
