"""Receiving on one screen: the item is found as people type it, and one notice tells of all that is missing."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import segno

from contracts.reference import ItemPublished
from services.casework.book import Book, Unit
from services.office.item_search import ItemSearch
from tests.lawclock.office import LICENCE, office
from tests.office.site import TRACKING, Pages, pages
from tests.office.story import TOWNSHIP
from tests.office.test_pages import FIELD

TYPED = {
    "name": "申请人甲", "document_kind": "resident_id", "document_number": "340405 19900101 001x", "phone": "5541234",
    "channel": "window",
}  # fmt: skip


@pytest_asyncio.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Pages]:
    async with office(database, tmp_path, "2026-03-02 10:00") as here, pages(here, tmp_path) as found:
        await found.account("window1", "agent")
        yield found


def hidden(page: httpx.Response) -> dict[str, str]:
    return {field["name"]: unescape(field["value"]) for field in FIELD.finditer(page.text.partition("intake")[2])}


async def receive(browser: httpx.AsyncClient, **said: Any) -> httpx.Response:
    page = await browser.get("/receive", params={"item": LICENCE})
    assert page.status_code == 200, page.text
    return await browser.post("/receive", data={"item": LICENCE, **hidden(page), **TYPED, **said})


async def test_an_agent_receives_and_tells_of_all_that_is_missing_at_once(site: Pages) -> None:
    async with site.signed_in("window1") as browser:
        answer = await receive(browser, here="identity", **{"form-identity": "original"}, tell="yes", note="请尽快补齐")
        assert answer.status_code == 201, answer.text
        assert "请尽快补齐" not in answer.text
        (number,) = await site.here.log.pool.fetch("select stream from log where type like '%CaseReceived%'")
        events = await site.here.events(number["stream"])
        assert [type(event).__name__ for event in events] == ["CaseReceived", "SupplementRequested"]
        missing = {paper.kind for paper in events[1].missing}  # type: ignore[union-attr]
        assert "identity" not in missing
        assert missing
        assert number["stream"] in answer.text


async def test_the_receipts_qr_code_holds_number_and_code_behind_what_no_server_sees(site: Pages) -> None:
    async with site.signed_in("window1") as browser:
        answer = await receive(browser)
    number = await site.here.log.pool.fetchval("select stream from log where type like '%CaseReceived%'")
    code = re.search(r'id="query-code">([^<]+)<', answer.text)
    assert code is not None
    wanted = segno.make(f"{TRACKING}#{number}/{code[1]}", error="m", micro=False).svg_data_uri(scale=4, border=2)
    assert wanted in unescape(answer.text)


async def test_the_same_form_twice_is_one_case_with_one_code(site: Pages) -> None:
    async with site.signed_in("window1") as browser:
        page = await browser.get("/receive", params={"item": LICENCE})
        form = {"item": LICENCE, **hidden(page), **TYPED}
        first = await browser.post("/receive", data=form)
        second = await browser.post("/receive", data={**form, "all_the_same": "yes"})
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.text.partition("query-code")[2][:60] == second.text.partition("query-code")[2][:60]
        assert await site.here.log.pool.fetchval("select count(*) from log where type like '%CaseReceived%'") == 1


async def test_a_second_open_case_of_the_same_person_is_shown_before_another_is_received(site: Pages) -> None:
    async with site.signed_in("window1") as browser:
        assert (await receive(browser)).status_code == 201
        again = await receive(browser, document_number="34040519900101001X")
        assert again.status_code == 409
        assert f"{TOWNSHIP}-20260302-0001" in again.text
        assert "申请人甲" in again.text, "nothing typed is lost"
        other = await receive(browser, document_number="340405199001010028")
        assert other.status_code == 201
        assert (await receive(browser, all_the_same="yes")).status_code == 201


async def test_what_does_not_fit_is_said_and_nothing_is_received(site: Pages) -> None:
    async with site.signed_in("window1") as browser:
        answer = await receive(browser, name="", phone="1" * 200)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert await site.here.log.pool.fetchval("select count(*) from log where type like '%CaseReceived%'") == 0
        assert (await browser.get("/receive", params={"item": "no-such-item"})).status_code == 404


def book(*names: str) -> Book:
    found = Book()
    for at, name in enumerate(names):
        item = ItemPublished.model_validate(
            {
                "code": f"item-{at}", "name": name, "department": "D1", "type": "committed", "tier": "township",
                "points": [{"tier": "township", "role": "entrusted"}],
                "route": {"receives": "township", "decides": "township"}, "decidable_on": ["township"],
                "legal_basis": ["x"], "statutory_days": 20, "committed_days": 5,
            }
        )  # fmt: skip
        found = found.evolve(f"item/item-{at}", item)
    return found


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("营业", "营业执照变更"),
        ("yyzz", "营业执照变更"),
        ("YYZZ", "营业执照变更"),
        ("yingye", "营业执照变更"),
        ("执照", "营业执照变更"),
        ("zz", "营业执照变更"),
        ("cfxzc", "长丰乡砖厂用地"),
        ("changfeng", "长丰乡砖厂用地"),
        ("zhangfeng", "长丰乡砖厂用地"),
        ("item-2", "农村宅基地审批"),
        ("ｎｃｚ", "农村宅基地审批"),
    ],
)
def test_an_item_is_found_by_name_pinyin_and_first_letters(typed: str, first: str) -> None:
    known = _units(book("营业执照变更", "长丰乡砖厂用地", "农村宅基地审批"))
    found = ItemSearch().find(known, TOWNSHIP, date(2026, 3, 2), typed)
    assert [one.item.name for one in found[:1]] == [first]


def test_what_fits_nothing_finds_nothing_and_no_letters_find_all() -> None:
    known = _units(book("营业执照变更", "农村宅基地审批"))
    assert ItemSearch().find(known, TOWNSHIP, date(2026, 3, 2), "qqq") == []
    assert len(ItemSearch().find(known, TOWNSHIP, date(2026, 3, 2), "")) == 2


def _units(found: Book) -> Book:
    return replace(found, units={TOWNSHIP: Unit(TOWNSHIP, "镇", "township", None, "", "")})
