"""The board and tracking as people see them: two widths, two languages, by keyboard, live, cut off."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe

from contracts.case import CaseReceived
from contracts.fields import Plain
from tests.browser.conftest import Screen, Screens
from tests.portal.conftest import Portal
from tests.portal.histories import DISTRICT, TOWNSHIP, History, minutes
from tests.portal.test_tracking import CODE, NUMBER, OTHER

SHOTS = Path(os.environ.get("SHOTS", Path(__file__).parents[2] / ".state" / "screens"))
SHOTS.mkdir(parents=True, exist_ok=True)
WIDTHS = [(1440, 900), (390, 844)]
SMALL_TEXT = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || ["SCRIPT", "STYLE"].includes(parent.tagName)) continue;
    const size = parseFloat(getComputedStyle(parent).fontSize);
    if (size < 12) found.push(size + " " + walk.currentNode.data.trim());
  }
  return found;
}"""
WIDER = """() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  const out = [...document.querySelectorAll("body *")].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width > 1 && box.right > innerWidth + 1 && getComputedStyle(e).position !== "absolute";
  });
  const panels = [...document.querySelectorAll(".panel")].filter((e) => e.scrollWidth > e.clientWidth + 1);
  return [...(wide > 0 ? ["page " + wide] : []), ...[...out, ...panels].map((e) => e.tagName + "." + e.className)];
}"""


async def is_well_set(screen: Screen, name: str) -> None:
    """Nothing sticks out, nothing is small, axe finds nothing (contrast 4.5 : 1 among it), the console is silent."""
    await screen.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
    assert await screen.page.evaluate(WIDER) == []
    assert await screen.page.evaluate(SMALL_TEXT) == []
    results = await Axe().run(screen.page)
    assert results.violations_count == 0, results.generate_report()
    assert screen.complaints == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", WIDTHS)
async def test_the_board_is_well_set(board: Portal, screens: Screens, language: str, size: tuple[int, int]) -> None:
    screen = await screens.of(*size)
    await screen.opens(f"{board.address}/?lang={language}&district={DISTRICT}")
    await screen.live()
    await screen.page.wait_for_selector("#chart-days canvas")
    await is_well_set(screen, f"board-{language}-{size[0]}")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", WIDTHS)
async def test_tracking_is_well_set(board: Portal, screens: Screens, language: str, size: tuple[int, int]) -> None:
    screen = await screens.of(*size)
    await screen.opens(f"{board.address}/track?lang={language}")
    await screen.page.fill("#number", NUMBER)
    await screen.page.fill("#code", OTHER)
    await screen.page.click("button")
    await screen.page.wait_for_selector("#problem")
    await is_well_set(screen, f"track-{language}-{size[0]}")
    assert await screen.page.input_value("#code") == ""
    await screen.page.fill("#code", CODE)
    await screen.page.click("button")
    await screen.page.wait_for_selector(".timeline")
    assert CODE not in screen.page.url
    await is_well_set(screen, f"tracked-{language}-{size[0]}")


async def test_what_a_receipts_qr_code_says_is_put_into_the_form_and_out_of_the_address(
    board: Portal, screens: Screens
) -> None:
    screen = await screens.of(390)
    asked: list[str] = []
    screen.page.on("request", lambda request: asked.append(request.url))
    await screen.opens(f"{board.address}/track#{NUMBER}/{CODE}")
    assert await screen.page.input_value("#number") == NUMBER
    assert await screen.page.input_value("#code") == CODE
    assert screen.page.url == f"{board.address}/track"
    await screen.page.keyboard.press("Enter")
    await screen.page.wait_for_selector(".timeline")
    assert not any(CODE in url for url in asked), "no server and no referrer sees it"


async def test_a_new_case_is_on_the_board_without_a_reload(board: Portal, screens: Screens) -> None:
    screen = await screens.of(1440)
    await screen.opens(board.address)
    await screen.live()
    await screen.page.evaluate("window.mark = 'same page'")
    total = "dl.strip dd"
    before = int((await screen.page.inner_text(total)).replace(",", ""))
    event = CaseReceived(item="business-licence", item_version=1, channel="window", applicant=Plain("x"))
    number = f"{TOWNSHIP}-20261120-{before % 9000:04d}"
    await board.add(History(number).write(TOWNSHIP, event, minutes(900)))
    await screen.page.wait_for_selector(f"text={number}")
    assert int((await screen.page.inner_text(total)).replace(",", "")) == before + 1
    assert await screen.page.evaluate("window.mark") == "same page"
    assert screen.complaints == []


async def test_a_district_opens_by_keyboard_and_stays_open_over_updates(board: Portal, screens: Screens) -> None:
    screen = await screens.of(1440)
    await screen.opens(board.address)
    await screen.live()
    await screen.page.focus(f"#unit-region-{DISTRICT} a")
    await screen.page.keyboard.press("Enter")
    await screen.page.wait_for_selector(f"#unit-unit-{TOWNSHIP}")
    assert f"district={DISTRICT}" in screen.page.url
    focused = "document.activeElement.closest('tr')?.id"
    assert await screen.page.evaluate(focused) == f"unit-region-{DISTRICT}"
    event = CaseReceived(item="business-licence", item_version=1, channel="window", applicant=Plain("x"))
    number = f"{TOWNSHIP}-20261121-0001"
    await board.add(History(number).write(TOWNSHIP, event, minutes(1000)))
    await screen.page.wait_for_selector(f"text={number}")
    assert await screen.page.is_visible(f"#unit-unit-{TOWNSHIP}")
    await screen.page.go_back()
    await screen.page.wait_for_selector(f"#unit-unit-{TOWNSHIP}", state="detached")


async def test_a_cut_stream_is_said_and_the_data_ages(board: Portal, screens: Screens) -> None:
    screen = await screens.of(1440)
    await screen.opens(board.address)
    await screen.live()
    await screen.page.route("**/events", lambda route: route.abort())
    board.parts.live.drop()
    await screen.page.wait_for_selector('#stamp[data-state="lost"]')
    assert "连接中断" in await screen.page.inner_text("#stamp")
    await screen.page.wait_for_selector("#stamp .age:text-matches('^[3-9] 秒前')")
    await screen.page.screenshot(path=SHOTS / "board-cut.png")
    results = await Axe().run(screen.page)
    assert results.violations_count == 0, results.generate_report()
    await screen.page.unroute("**/events")
    await screen.live()


async def test_without_a_script_board_and_tracking_say_the_same(board: Portal, screens: Screens) -> None:
    screen = await screens.of(390, script=False)
    await screen.opens(board.address)
    assert "刷新页面可更新" in await screen.page.inner_text("#stamp")
    await screen.page.click(f"#unit-region-{DISTRICT} a")
    assert await screen.page.is_visible(f"#unit-unit-{TOWNSHIP}")
    await screen.opens(f"{board.address}/track")
    await screen.page.fill("#number", NUMBER)
    await screen.page.fill("#code", CODE)
    await screen.page.press("#code", "Enter")
    assert await screen.page.is_visible(".timeline")
