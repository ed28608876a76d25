"""The office's screens: what a clerk sees and does there, and what nobody may."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi.routing import APIRoute

from services.office.choices import CHOICES
from services.office.pages.act_words import ACTS, FIELDS
from services.office.pages.case import NOT_ON_PAGES
from services.office.pages.deeds import PAGE_BODIES
from services.office.pages.lists import LISTS
from services.office.pages.outgoing import Outgoing
from services.pages.languages import languages
from tests.lawclock.office import office
from tests.office.site import Pages, csrf, pages
from tests.pages.reading import CHINESE, read, texts

HIDDEN = re.compile(r'action="[^"]*/cases/[^"]*/(?P<act>[a-z-]+)(?:\?[^"]*)?".*?</form>', re.DOTALL)
FIELD = re.compile(r'name="(?P<name>csrf|key|head)" value="(?P<value>[^"]*)"')
SENT_BY_A_SCRIPT = ("POST", "/papers")


@pytest_asyncio.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Pages]:
    async with office(database, tmp_path, "2026-03-02 10:00") as here, pages(here, tmp_path) as found:
        await found.account("window1", "clerk")
        await found.account("window2", "clerk")
        yield found


def form(page: httpx.Response, act: str) -> dict[str, str]:
    """The hidden fields of an act's form on the page of a case."""
    for found in HIDDEN.finditer(page.text):
        if found["act"] == act:
            return {field["name"]: unescape(field["value"]) for field in FIELD.finditer(found[0])}
    raise AssertionError(f"no form for {act}")


async def send(browser: httpx.AsyncClient, page: httpx.Response, act: str, **said: object) -> httpx.Response:
    number = page.url.path.split("/")[2]
    return await browser.post(f"/cases/{number}/{act}", data={**form(page, act), **said})


async def test_a_clerk_takes_a_case_from_nobodys_desk_accepts_and_decides_nothing_beyond_the_role(site: Pages) -> None:
    number = await site.here.receive()
    async with site.signed_in("window1") as browser:
        free = await browser.get("/work?list=free")
        assert number in free.text
        page = await browser.get(f"/cases/{number}")
        claimed = await send(browser, page, "claim")
        assert (claimed.status_code, claimed.headers["location"]) == (303, f"/cases/{number}?done=claim")
        await site.here.seen()
        assert number in (await browser.get("/work?list=mine")).text
        page = await browser.get(claimed.headers["location"])
        assert "已完成" in page.text
        assert (await send(browser, page, "accept")).status_code == 303
        await site.here.seen()
        page = await browser.get(f"/cases/{number}")
        assert 'id="act-decide"' not in page.text
        assert ACTS["decide"] not in page.text
        assert languages()["zh"].gettext(ACTS["decide"]) in page.text, "among what is not possible, with the reason"
        due = await browser.get("/work?list=due")
        assert number in due.text


async def test_what_a_form_lacks_is_said_beside_it_and_nothing_typed_is_lost(site: Pages) -> None:
    number = await site.here.receive()
    async with site.signed_in("window1") as browser:
        page = await browser.get(f"/cases/{number}")
        answer = await send(browser, page, "request-supplement", note="请带身份证原件")
        assert answer.status_code == 422
        assert "请带身份证原件" in answer.text
        assert 'role="alert"' in answer.text
        one = {"items": "identity", "reason-identity": "missing", "note": "请带身份证原件"}
        told = await send(browser, answer, "request-supplement", **one)
        assert "application" in told.text, "the law wants all that is missing told at once"
        both = ["application", "identity"]
        asked = {"items": both, **{f"reason-{kind}": "missing" for kind in both}, "note": "请带身份证原件"}
        answer = await send(browser, answer, "request-supplement", **asked)
        assert answer.status_code == 303, answer.text
        page = await browser.get(f"/cases/{number}")
        assert "请带身份证原件" not in page.text, "sealed"
        await send(browser, page, "receive-supplement", materials="identity", **{"form-identity": "original"})
        await site.here.seen()
        assert len((await site.here.events(number))[-1].materials) == 1  # type: ignore[union-attr]


async def test_two_people_at_one_case_the_second_sees_what_the_first_did(site: Pages) -> None:
    number = await site.here.receive()
    async with site.signed_in("window1") as one, site.signed_in("window2") as two:
        first, second = await one.get(f"/cases/{number}"), await two.get(f"/cases/{number}")
        assert (await send(one, first, "claim")).status_code == 303
        late = await send(
            two, second, "request-supplement", items="identity", note="还差一份", **{"reason-identity": "missing"}
        )
        assert late.status_code == 409
        assert "window1" in late.text
        assert languages()["zh"].gettext("Claimed") in late.text
        again = await send(two, late, "accept")
        assert again.status_code in (303, 409)


async def test_a_form_that_is_sent_twice_acts_once(site: Pages) -> None:
    number = await site.here.receive()
    async with site.signed_in("window1") as browser:
        page = await browser.get(f"/cases/{number}")
        assert (await send(browser, page, "claim")).status_code == 303
        assert (await send(browser, page, "claim")).status_code == 303
        assert len(await site.here.events(number)) == 2


async def test_the_applicants_data_is_shown_once_it_is_kept_who_reads_it_and_why(site: Pages) -> None:
    told = {"name": "申请人甲", "document_kind": "resident_id", "document_number": "34040519900101001X", "phone": "5"}
    number = await site.here.receive(applicant=told)
    async with site.signed_in("window1") as browser:
        page = await browser.get(f"/cases/{number}")
        assert "申请人甲" not in page.text
        path, token = f"/cases/{number}/texts", csrf(page)
        assert (await browser.post(path, data={"csrf": token, "why": "curious"})).status_code == 422
        assert (await browser.post(path, data={"why": "calling"})).status_code == 403
        opened = await browser.post(path, data={"csrf": token, "why": "calling"})
        assert "申请人甲" in opened.text
        assert "34040519900101001X" in opened.text
        assert opened.headers["cache-control"] == "no-store"
    (kept,) = await site.here.log.pool.fetch("select person, number, why, texts from sealed_read")
    assert dict(kept) == {"person": "window1", "number": number, "why": "calling", "texts": ["CaseReceived"]}


async def test_who_answers_for_an_office_sees_who_opened_what_and_a_window_does_not(site: Pages) -> None:
    await site.account("head1", "head")
    numbers = [await site.here.receive() for _ in range(2)]
    async with site.signed_in("window1") as browser, site.signed_in("head1") as head:
        for number in numbers:
            page = await browser.get(f"/cases/{number}")
            await browser.post(f"/cases/{number}/texts", data={"csrf": csrf(page), "why": "checking"})
        listed = await head.get("/reads")
        assert [listed.text.count(f">{number}<") for number in numbers] == [1, 1]
        assert listed.text.index(numbers[1]) < listed.text.index(numbers[0]), "newest first"
        assert languages()["zh"].gettext("To check who it is") in listed.text
        older = await head.get("/reads?before=2")
        assert (numbers[0] in older.text, numbers[1] in older.text) == (True, False)
        assert (await head.get("/reads?before=x")).status_code == 422
        assert (await browser.get("/reads")).status_code == 403


async def test_while_the_link_is_down_every_page_says_what_waits_and_work_goes_on(site: Pages) -> None:
    number = await site.here.receive()
    async with site.signed_in("window1") as browser:
        assert 'id="outgoing"' not in (await browser.get("/work")).text
        site.link.append(Outgoing(1234, datetime(2026, 3, 2, 1, 5, tzinfo=UTC)))
        for path in ("/work", f"/cases/{number}", "/receive"):
            said = (await browser.get(path)).text
            assert 'id="outgoing"' in said
            assert "1,234" in said
            assert "09:05" in said
        page = await browser.get(f"/cases/{number}")
        assert (await send(browser, page, "claim")).status_code == 303
        site.link.append(Outgoing(0, None))
        assert 'id="outgoing"' in (await browser.get("/work?lang=en")).text


async def test_a_refusal_names_roles_as_people_do(site: Pages) -> None:
    number = await site.here.receive()
    async with site.signed_in("window1") as browser:
        page = await browser.get(f"/cases/{number}")
        assert "审批人员" in page.text, "who may decide"
        assert "approver" not in page.text


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "{{7*7}}", "=1+1"])
async def test_what_is_typed_is_text_and_never_script(site: Pages, typed: str) -> None:
    number = await site.here.receive(
        applicant={"name": typed, "document_kind": "other", "document_number": typed, "phone": typed, "address": typed}
    )  # fmt: skip
    async with site.signed_in("window1") as browser:
        page = await browser.get(f"/cases/{number}")
        again = await send(browser, page, "request-supplement", note=typed)
        opened = await browser.post(f"/cases/{number}/texts", data={"csrf": csrf(page), "why": "calling"})
        for answer in (again, opened):
            assert "<script>alert" not in answer.text
            assert "<img src=x" not in answer.text
            assert typed in unescape(answer.text)


async def test_every_page_has_a_rule_and_lets_nobody_in_without_it(site: Pages) -> None:
    """Each role at each page, and nobody at all: whoever the rule does not name gets nothing of it."""
    routed = [route for route in site.site.router.routes if isinstance(route, APIRoute)]
    assert {(method, route.path) for route in routed for method in route.methods or ()} == site.site.rules.keys()
    assert len(routed) == len(site.site.router.routes)
    others = [route for route in site.app.routes if getattr(route, "original_router", None) is not site.site.router]
    assert {getattr(route, "path", None) for route in others} == {"/api/v1/openapi.json", "/static"}
    await site.account("operator1", "operator")
    await site.account("agent1", "agent")
    number = await site.here.receive()
    async with site.browser() as nobody, site.signed_in("operator1") as operator, site.signed_in("agent1") as agent:
        for (method, path), rule in site.site.rules.items():
            asked = path.replace("{number}", number)
            refused = await nobody.request(method, asked)
            if (method, path) == SENT_BY_A_SCRIPT:
                assert (refused.status_code, refused.json()["code"]) == (401, "signed_out")
            elif rule.roles is not None:
                assert (refused.status_code, refused.headers["location"][:8]) == (303, "/sign-in"), path
            for browser, roles in ((operator, {"operator"}), (agent, {"agent"})):
                if rule.roles is not None and not roles & rule.roles:
                    assert (await browser.request(method, asked)).status_code == 403, path
                elif method == "POST" and rule.roles is not None:
                    assert (await browser.request(method, asked, data={"csrf": "x"})).status_code == 403, path


async def test_a_case_that_the_unit_never_had_does_not_exist_on_its_pages(site: Pages) -> None:
    async with site.signed_in("window1") as browser:
        for number in ("340405101-20260302-9999", "x", "..%2f..%2fetc"):
            assert (await browser.get(f"/cases/{number}")).status_code == 404
        assert (await browser.get("/find", params={"number": "x"})).status_code == 422


async def test_no_page_says_anything_in_the_other_language_nor_carries_a_script_of_its_own(site: Pages) -> None:
    number = await site.here.receive()
    names = {unit.name for unit in site.here.keeper.book.units.values()}
    materials = {m.name for item in site.here.keeper.book.items.values() for m in item.newest.materials}
    items = {item.newest.name for item in site.here.keeper.book.items.values()}
    english = {text for text in texts() if languages()["zh"].gettext(text) != text}
    async with site.browser() as out, site.signed_in("window1") as browser:
        for language in ("en", "zh"):
            asked = {"lang": language}
            found = [await out.get("/sign-in", params=asked), await browser.get("/password", params=asked)]
            found += [await browser.get("/work", params={**asked, "list": name}) for name in LISTS]
            found += [await browser.get(f"/cases/{number}", params=asked), await browser.get("/cases/x", params=asked)]
            for page in found:
                assert "<script>" not in page.text
                assert "style=" not in page.text
                assert "unsafe" not in page.headers["content-security-policy"]
                assert page.headers["referrer-policy"] == "same-origin"
                for text in read(page.text):
                    if language == "zh":
                        assert text not in english
                        continue
                    for name in sorted(names | materials | items, key=len, reverse=True):
                        text = text.replace(name, "")
                    assert not CHINESE.search(text), text


async def test_pages_are_compressed_and_answers_to_programs_are_not(site: Pages) -> None:
    async def long() -> str:
        return "long" * 1000

    site.app.add_api_route("/api/v1/long", long)
    async with site.signed_in("window1") as browser:
        assert (await browser.get("/work")).headers["content-encoding"] == "gzip"
        told = await browser.get("/api/v1/long")
        assert len(told.content) > 1000
        assert "content-encoding" not in told.headers


def test_every_act_and_every_field_and_code_of_it_has_a_word() -> None:
    assert PAGE_BODIES.keys() == ACTS.keys()
    fields = {name for body in PAGE_BODIES.values() for name in body.model_fields if name != "at"}
    assert fields == {name for name in FIELDS if "." not in name}
    assert ACTS.keys() >= NOT_ON_PAGES
    zh = languages()["zh"]
    said = [*ACTS.values(), *FIELDS.values(), *(text for codes in CHOICES.values() for text in codes.values())]
    assert not [text for text in said if zh.gettext(text) == text]
