"""A clerk's screens in a browser: by mouse and keyboard, in both languages, at three widths."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from deploy.local import Stack
from services.runtime.http.server import Server
from tests.browser.conftest import Screen, Screens
from tests.browser.test_board import SHOTS, is_well_set
from tests.journeys.waiting import until
from tests.lawclock.office import office
from tests.office.site import PASSWORD, Pages, pages

SIZES = ((1440, 900), (768, 1024), (390, 844))
CLERK = "window1"
DRAFTS = "Object.keys(sessionStorage).filter(name => name.startsWith('draft:')).length"


@dataclass(frozen=True)
class Town:
    site: Pages
    address: str


@pytest.fixture(scope="module")
async def town(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A township with a few open cases, its pages on a free port."""
    folder = tmp_path_factory.mktemp("town")
    dsn = stack.postgres.create_database("town")
    async with office(dsn, folder, "2026-03-02 10:00") as here, pages(here, folder) as site:
        await site.account(CLERK, "clerk")
        for at in range(4):
            number = await here.receive()
            if at == 1:
                await here.act(number, "accept")
        server = Server(site.app, "127.0.0.1", 0, 5)
        serving = asyncio.ensure_future(server.serve())
        await server.started()
        yield Town(site, f"http://127.0.0.1:{server.port}")
        await server.end()
        await serving


async def signs_in(screen: Screen, town: Town, language: str = "zh", who: str = CLERK) -> None:
    """By keyboard: the name is where one begins."""
    await screen.opens(f"{town.address}/sign-in?lang={language}")
    await screen.page.wait_for_selector("#name:focus")
    await screen.page.keyboard.type(who)
    await screen.page.keyboard.press("Tab")
    await screen.page.keyboard.type(PASSWORD)
    await screen.page.keyboard.press("Enter")
    await screen.page.wait_for_url("**/work*")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES)
async def test_the_office_is_well_set(town: Town, screens: Screens, language: str, size: tuple[int, int]) -> None:
    screen = await screens.of(*size)
    number = await town.site.here.receive()
    await town.site.here.act(number, "accept")
    await town.site.here.act(number, "issue_notice", notice="acceptance", seal="S-1")
    await screen.opens(f"{town.address}/sign-in?lang={language}")
    await is_well_set(screen, f"office-sign-in-{language}-{size[0]}")
    await signs_in(screen, town, language)
    for name in ("due", "free", "ordered"):
        await screen.opens(f"{town.address}/work?lang={language}&list={name}")
        await is_well_set(screen, f"office-{name}-{language}-{size[0]}")
    await screen.opens(f"{town.address}/cases/{number}?lang={language}")
    for summary in await screen.page.query_selector_all(".case details:not([open]) > summary"):
        await summary.click()
    await is_well_set(screen, f"office-case-{language}-{size[0]}")
    await screen.opens(f"{town.address}/receive?lang={language}&q=b")
    await is_well_set(screen, f"office-items-{language}-{size[0]}")
    await screen.page.click(".items a")
    await screen.page.wait_for_selector("#document_number")
    await is_well_set(screen, f"office-receive-{language}-{size[0]}")
    for at, text in (
        ("#name", "申请人甲"),
        ("#document_number", f"3404051990{size[0]:04d}{language}"),
        ("#phone", "5541"),
    ):
        await screen.page.fill(at, text)
    await screen.page.press("#phone", "Enter")
    await screen.page.wait_for_selector("#query-code")
    await is_well_set(screen, f"office-received-{language}-{size[0]}")


async def test_a_clerk_issues_a_notice_on_the_page_of_the_case_and_opens_the_paper(
    town: Town, screens: Screens
) -> None:
    number = await town.site.here.receive()
    screen = await screens.of(1440)
    await signs_in(screen, town)
    page = screen.page
    await screen.opens(f"{town.address}/cases/{number}")
    form = page.locator(f'form[action="/cases/{number}/issue-notice"]')
    if not await form.is_visible():
        await page.locator("details", has=form).locator("summary").first.click()
    await form.locator('[name="notice"]').select_option("receipt")
    await form.locator('[name="seal"]').fill("S-1")
    await form.locator('button[type="submit"]').click()
    await page.wait_for_selector("#h-notices")
    await page.screenshot(path=SHOTS / "office-notice-1440.png", full_page=True)
    paper = await page.context.request.get(town.address + str(await page.get_attribute("#h-notices + ul a", "href")))
    assert (await paper.body()).startswith(b"%PDF-")


@pytest.mark.parametrize("width", [1440, 390])
async def test_a_clerk_adds_scans_to_a_receipt_and_opens_them_on_the_page_of_the_case(
    town: Town, screens: Screens, width: int
) -> None:
    screen = await screens.of(width)
    await signs_in(screen, town)
    page, here = screen.page, town.site.here
    await screen.opens(f"{town.address}/receive?q=b")
    await page.click(".items a")
    for at, text in (("#name", "申请人丁"), ("#document_number", f"3404051980{width:04d}"), ("#phone", "5543")):
        await page.fill(at, text)
    row = page.locator(".paper", has=page.locator('[name="scans-identity"]'))
    await row.locator("input[type=file]").set_input_files(
        [
            {"name": "身份证正面.pdf", "mimeType": "application/pdf", "buffer": b"%%PDF-1.7 front %d" % width},
            {"name": "身份证反面.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n back"},
            {"name": "说明.docx", "mimeType": "application/zip", "buffer": b"PK\x03\x04 letter"},
        ]
    )
    await row.locator("li.no").wait_for()
    await until(lambda: row.locator("li button").count(), lambda n: n == 2, 10)
    assert await row.locator("input[type=checkbox]").is_checked()
    assert "PDF" in await row.locator("li.no").inner_text()
    assert [text for text in screen.complaints if "status of 415" not in text] == []
    screen.complaints.clear()
    await is_well_set(screen, f"office-scans-zh-{width}")
    await row.locator("li button").last.click()
    await page.press("#phone", "Enter")
    await page.wait_for_selector("#query-code")
    number = await page.inner_text(".receipt .number")
    await screen.opens(f"{town.address}/cases/{number}")
    assert "0 / 1" in await page.inner_text("#papers-here")
    await is_well_set(screen, f"office-scan-away-zh-{width}")
    await here.papers.keep(number, b"%%PDF-1.7 front %d" % width)
    await screen.opens(f"{town.address}/cases/{number}")
    await is_well_set(screen, f"office-scan-here-zh-{width}")
    scan = await page.context.request.get(town.address + str(await page.get_attribute("#h-papers + ul a", "href")))
    assert await scan.body() == b"%%PDF-1.7 front %d" % width


async def intake(town: Town, screens: Screens, number: str) -> Screen:
    """Signed in, and the intake of an application filled in, all but sent."""
    screen = await screens.of(1440)
    await signs_in(screen, town)
    await screen.opens(f"{town.address}/receive?q=b")
    await screen.page.click(".items a")
    for at, text in (("#name", "申请人乙"), ("#document_number", number), ("#phone", "5542")):
        await screen.page.fill(at, text)
    return screen


async def test_with_the_link_down_in_the_middle_nothing_typed_is_lost_and_it_is_received_once(
    town: Town, screens: Screens
) -> None:
    screen = await intake(town, screens, "34040519910101002X")
    page = screen.page
    await page.context.set_offline(True)
    await page.press("#phone", "Enter")
    await page.wait_for_selector("#away:not([hidden])")
    assert await page.input_value("#name") == "申请人乙"
    await page.screenshot(path=SHOTS / "office-link-down-1440.png")
    await page.context.set_offline(False)
    await page.wait_for_selector("#away", state="hidden")
    await page.press("#phone", "Enter")
    await page.wait_for_selector("#query-code")
    assert await page.evaluate(DRAFTS) == 0, "nothing of the person stays behind"
    assert [text for text in screen.complaints if "ERR_INTERNET_DISCONNECTED" not in text] == []


async def test_a_page_that_was_left_comes_back_as_it_was_typed_and_can_be_begun_anew(
    town: Town, screens: Screens
) -> None:
    screen = await intake(town, screens, "34040519920101003X")
    page = screen.page
    key = await page.input_value("[name=key]")
    await until(lambda: page.evaluate(DRAFTS), lambda kept: kept == 1, 10)
    await screen.opens(f"{town.address}/work")
    await fills_in_again(screen, town)
    assert await page.input_value("#document_number") == "34040519920101003X"
    assert await page.input_value("[name=key]") == key, "sent again, it acts once"
    async with page.expect_navigation():
        await page.click("[data-discard]")
    assert await page.input_value("#document_number") == ""
    assert screen.complaints == []


async def test_what_somebody_typed_is_not_there_for_who_signs_in_after_him(town: Town, screens: Screens) -> None:
    await town.site.account("window2", "clerk")
    screen = await intake(town, screens, "34040519930101004X")
    page = screen.page
    await until(lambda: page.evaluate(DRAFTS), lambda kept: kept == 1, 10)
    # The session ran out: nobody signed out.
    await page.context.clear_cookies()
    await signs_in(screen, town, who="window2")
    await screen.opens(f"{town.address}/receive?q=b")
    await page.click(".items a")
    await page.wait_for_selector("#document_number")
    assert await page.input_value("#document_number") == ""
    assert await page.evaluate(DRAFTS) == 0


async def fills_in_again(screen: Screen, town: Town) -> None:
    await screen.opens(f"{town.address}/receive?q=b")
    await screen.page.click(".items a")
    await screen.page.wait_for_selector("[data-restored]:not([hidden])")


async def test_several_cases_are_given_to_a_colleague_from_the_list(town: Town, screens: Screens) -> None:
    for _ in range(2):
        await town.site.here.receive()
    await town.site.account("chief1", "approver")
    for width, height in SIZES:
        screen = await screens.of(width, height)
        page = screen.page
        await signs_in(screen, town, who="chief1")
        await screen.opens(f"{town.address}/work?list=all")
        boxes = page.locator('td input[name="number"]')
        for at in range(2):
            await boxes.nth(at).check()
        await page.select_option("#act", "assign")
        await page.click(".at-hand button")
        await page.wait_for_selector("#h-plan")
        await is_well_set(screen, f"office-several-zh-{width}")
        await page.select_option('[name="person"]', CLERK if width != 768 else "chief1")
        await page.click(".preview button")
        await page.wait_for_selector("#done")
        assert await page.locator(".yes").count() == 2
        await is_well_set(screen, f"office-several-done-zh-{width}")


async def test_who_opened_sealed_texts_is_well_set(town: Town, screens: Screens) -> None:
    await town.site.account("head1", "head")
    number = await town.site.here.receive()
    for at, (width, height) in enumerate(SIZES):
        screen = await screens.of(width, height)
        await signs_in(screen, town, language="en", who="head1")
        await screen.opens(f"{town.address}/cases/{number}?lang=en")
        async with screen.page.expect_navigation():
            await screen.page.click("#why + button")
        await screen.opens(f"{town.address}/reads?lang=en")
        assert await screen.page.locator("tbody tr", has_text=number).count() == at + 1
        await is_well_set(screen, f"office-reads-en-{width}")


async def test_a_clerk_takes_a_case_and_accepts_it_by_keyboard_without_a_script(town: Town, screens: Screens) -> None:
    number = await town.site.here.receive()
    screen = await screens.of(1440, script=False)
    await signs_in(screen, town)
    page = screen.page
    await page.focus("#number")
    await page.keyboard.type(number)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/cases/{number}*")
    for act in ("claim", "accept"):
        await page.focus(f"#act-{act} > summary")
        if not await page.evaluate(f"document.querySelector('#act-{act}').open"):
            await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        button = page.locator(f"#act-{act} button")
        box = await button.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900, "the next control is seen without scrolling"
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#done")
    assert [type(event).__name__ for event in await town.site.here.events(number)] == [
        "CaseReceived", "CaseClaimed", "CaseAccepted",
    ]  # fmt: skip
    assert screen.complaints == []
