"""One act on several cases at once: looked at first, and answered case by case."""

import re
from collections.abc import AsyncIterator, Sequence
from html import unescape
from pathlib import Path

import httpx
import pytest_asyncio

from services.office.pages.several import AT_HAND, SEVERAL
from services.pages.languages import languages
from tests.lawclock.office import office
from tests.office.site import Pages, csrf, pages
from tests.office.story import DISTRICT

HIDDEN = re.compile(r'<input type="hidden" name="(?P<name>[^"]+)" value="(?P<value>[^"]*)">')
ZH = languages()["zh"].gettext


@pytest_asyncio.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Pages]:
    async with office(database, tmp_path, "2026-03-02 10:00") as here, pages(here, tmp_path) as found:
        await found.account("window1", "clerk")
        await found.account("window2", "clerk")
        await found.account("looks", "catalogue_manager")
        yield found


async def look(browser: httpx.AsyncClient, act: str, numbers: Sequence[str]) -> httpx.Response:
    return await browser.get("/several", params={"act": act, "list": "free", "number": list(numbers)})


def filled(page: httpx.Response, **more: str) -> dict[str, list[str]]:
    """What a browser would send of this page's form, with these fields filled in."""
    form = page.text[page.text.index('class="preview"') :]
    found: dict[str, list[str]] = {}
    for hidden in HIDDEN.finditer(form):
        found.setdefault(hidden["name"], []).append(unescape(hidden["value"]))
    return {**found, **{name: [value] for name, value in more.items()}}


async def types(site: Pages, number: str) -> list[str]:
    return [type(event).__name__ for event in await site.here.events(number)]


async def test_three_cases_are_taken_onto_a_desk_once_it_was_seen_what_that_does(site: Pages) -> None:
    numbers = [await site.here.receive() for _ in range(3)]
    async with site.signed_in("window1") as browser:
        listed = await browser.get("/work?list=free")
        assert all(f'name="number" value="{number}"' in listed.text for number in numbers)
        page = await look(browser, "claim", numbers)
        assert [await types(site, number) for number in numbers] == [["CaseReceived"]] * 3, "looking does nothing"
        done = await browser.post("/several", data=filled(page))
        assert done.status_code == 200
        assert done.text.count(f'class="yes">{ZH("Done")}<') == 3
        assert [await types(site, number) for number in numbers] == [["CaseReceived", "CaseClaimed"]] * 3
        # Sent again, as by somebody who presses twice.
        again = await browser.post("/several", data=filled(page))
        assert again.text.count(f'class="yes">{ZH("Done")}<') == 3
        assert [await types(site, number) for number in numbers] == [["CaseReceived", "CaseClaimed"]] * 3
        back = re.search(r'href="(/work\?list=free&amp;after=\d+)"', done.text)
        assert back is not None
        free = await browser.get(unescape(back[1]))
        assert not any(number in free.text for number in numbers)


async def test_of_several_those_are_not_touched_to_which_it_cannot_be_done_and_the_reason_stands_beside_each(
    site: Pages,
) -> None:
    first, second = [await site.here.receive() for _ in range(2)]
    async with site.signed_in("window2") as other:
        await other.post("/several", data=filled(await look(other, "claim", [second])))
    async with site.signed_in("window1") as browser:
        page = await look(browser, "claim", [first, second, "340405101-20200101-0001"])
        assert page.text.count('class="no"') == 2
        assert filled(page)["number"] == [first]
        done = await browser.post("/several", data=filled(page))
        assert done.text.count('class="yes"') == 1
    assert await types(site, second) == ["CaseReceived", "CaseClaimed"]


async def test_a_case_that_another_person_changed_meanwhile_is_left_and_it_is_said_who_did_what(site: Pages) -> None:
    first, second = [await site.here.receive() for _ in range(2)]
    async with site.signed_in("window1") as browser, site.signed_in("window2") as other:
        page = await look(browser, "accept", [first, second])
        await other.post("/several", data=filled(await look(other, "claim", [second])))
        done = await browser.post("/several", data=filled(page))
        assert done.text.count('class="yes"') == 1
        assert "window2" in done.text
        assert ZH("Claimed") in done.text
    assert await types(site, second) == ["CaseReceived", "CaseClaimed"]
    assert "CaseAccepted" in await types(site, first)


async def test_a_case_is_given_to_a_colleague_who_is_chosen_from_those_of_the_office(site: Pages) -> None:
    numbers = [await site.here.receive() for _ in range(2)]
    await site.account("chief", "approver")
    async with site.signed_in("chief") as chief, site.signed_in("window1") as browser:
        page = await look(chief, "assign", numbers)
        assert '<option value="window1">' in page.text
        done = await chief.post("/several", data=filled(page, person="window1"))
        assert done.text.count('class="yes"') == 2
        await site.here.seen()
        mine = await browser.get("/work?list=mine")
        assert all(number in mine.text for number in numbers)


async def test_what_the_form_lacks_is_asked_for_again_and_nothing_is_done(site: Pages) -> None:
    numbers = [await site.here.receive() for _ in range(2)]
    async with site.signed_in("window1") as browser:
        page = await look(browser, "refer", numbers)
        answer = await browser.post("/several", data=filled(page, reason="route"))
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert 'value="route" selected' in answer.text
        sent = filled(answer, to=DISTRICT, kind="forward_up", reason="route")
        done = await browser.post("/several", data=sent)
        assert done.text.count('class="yes"') == 2, done.text
    assert [(await types(site, number))[-1] for number in numbers] == ["CaseReferred"] * 2


async def test_who_may_do_none_of_it_sees_no_boxes_and_is_refused_case_by_case(site: Pages) -> None:
    number = await site.here.receive()
    async with site.signed_in("looks") as browser:
        assert 'name="number" value=' not in (await browser.get("/work?list=free")).text
        page = await look(browser, "claim", [number])
        assert page.text.count('class="no"') == 1
        sent = {**filled(page), "number": [number], f"head-{number}": ["0" * 64]}
        sent["csrf"] = [csrf(page)]
        answer = await browser.post("/several", data=sent)
        assert 'class="yes"' not in answer.text
    assert await types(site, number) == ["CaseReceived"]


async def test_no_case_ticked_too_many_or_an_act_that_is_not_done_so_are_each_said(site: Pages) -> None:
    async with site.signed_in("window1") as browser:
        assert (await look(browser, "claim", [])).status_code == 422
        many = [f"340405101-20260302-{n:04d}" for n in range(51)]
        assert (await look(browser, "claim", many)).status_code == 422
        assert (await look(browser, "decide", many[:1])).status_code == 404
        assert (await look(browser, "claim", ["<b>"])).status_code == 422
        assert (await browser.get("/several")).status_code == 303


def test_what_is_done_to_several_asks_nothing_that_differs_from_case_to_case() -> None:
    assert {"decide", "return", "complete_step", "start_step", "deliver"}.isdisjoint(SEVERAL)
    assert all(names for names in AT_HAND.values())
