"""What a citizen asks on the page of a case: by keyboard, without a script, at two widths and in two languages."""

from datetime import date

import pytest

from contracts.case import CaseAccepted, CaseReceived, CaseUrged, HearingOffered, HearingRequested, RequestDeclined
from contracts.fields import Plain
from tests.browser.conftest import Screen, Screens
from tests.browser.test_board import WIDTHS, is_well_set
from tests.portal.conftest import Portal
from tests.portal.histories import TOWNSHIP, History, minutes
from tests.portal.test_tracking import CODE, OTHER, keep, message

DAY = 60 * 24


async def told_of_a_hearing(board: Portal, serial: int) -> History:
    receipt = CaseReceived(item="business-licence", item_version=1, channel="window", applicant=Plain("x"))
    offer = HearingOffered(reason="heavy_interest", answer_by=date(2026, 11, 26))
    history = (
        History(f"{TOWNSHIP}-20261119-{serial:04d}")
        .write(TOWNSHIP, receipt, minutes(0))
        .write(TOWNSHIP, CaseAccepted(accepted_on=date(2026, 11, 19)), minutes(1))
        .write(TOWNSHIP, offer, minutes(2))
    )
    await board.add(history)
    assert await keep(board, await message(history)) == {}
    board.clock.at = minutes(DAY)
    return history


async def opened(screen: Screen, board: Portal, number: str, language: str) -> None:
    await screen.opens(f"{board.address}/track?lang={language}")
    await screen.page.fill("#number", number)
    await screen.page.fill("#code", CODE)
    await screen.page.press("#code", "Enter")
    await screen.page.wait_for_selector("#h-ask")


async def asks(screen: Screen, name: str, code: str = CODE, *, confirmed: bool = False) -> None:
    """With the keyboard alone."""
    page = screen.page
    await page.focus(f'details:has([action="/track/{name}"], [action^="/track/{name}?"]) summary')
    await page.keyboard.press("Enter")
    if confirmed:
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.type(code)
    await page.keyboard.press("Enter")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", WIDTHS)
async def test_what_a_citizen_asks_is_well_set(
    board: Portal, screens: Screens, language: str, size: tuple[int, int]
) -> None:
    screen = await screens.of(*size)
    case = await told_of_a_hearing(board, 7000 + size[0] + (language == "zh"))
    await opened(screen, board, case.number, language)
    for summary in await screen.page.query_selector_all(".may summary"):
        await summary.click()
    await is_well_set(screen, f"asking-{language}-{size[0]}")
    await opened(screen, board, case.number, language)
    await asks(screen, "urge")
    await screen.page.wait_for_selector("#done")
    await asks(screen, "withdraw", confirmed=True)
    await screen.page.wait_for_selector("text=/人员答复|person there answers/")
    await is_well_set(screen, f"asked-{language}-{size[0]}")
    tracked = {"number": case.number, "code": CODE}
    answer = await screen.page.request.post(f"{board.address}/api/v1/track", data=tracked)
    urged, withdrawn = [one["request"] for one in (await answer.json())["requests"]]
    case.write(TOWNSHIP, CaseUrged(by="citizen", level="reminder", request=urged), minutes(DAY + 1))
    declined = RequestDeclined(request=withdrawn, asked="withdraw", ground="not_the_applicant")
    await board.add(case.write(TOWNSHIP, declined, minutes(DAY + 2)))
    await opened(screen, board, case.number, language)
    await asks(screen, "request-hearing")
    await screen.page.wait_for_selector("#done")
    await is_well_set(screen, f"answered-{language}-{size[0]}")
    await board.add(case.write(TOWNSHIP, HearingRequested(party="applicant"), minutes(DAY + 3)))
    await opened(screen, board, case.number, language)
    await asks(screen, "withdraw-hearing-request", confirmed=True)
    await screen.page.wait_for_selector("#done")
    await is_well_set(screen, f"taken-back-{language}-{size[0]}")


async def test_without_a_script_and_without_the_tick_nothing_is_withdrawn(board: Portal, screens: Screens) -> None:
    screen = await screens.of(390, script=False)
    case = await told_of_a_hearing(board, 6001)
    await opened(screen, board, case.number, "zh")
    await asks(screen, "withdraw")
    assert await screen.page.is_visible('[action^="/track/withdraw"]'), "the browser itself asks for the tick"
    assert not await screen.page.is_visible("#done")


async def test_a_wrong_code_leads_back_to_number_and_code(board: Portal, screens: Screens) -> None:
    screen = await screens.of(1440)
    case = await told_of_a_hearing(board, 6002)
    await opened(screen, board, case.number, "zh")
    await asks(screen, "urge", OTHER)
    await screen.page.wait_for_selector("#problem")
    assert await screen.page.input_value("#number") == case.number
    assert await screen.page.input_value("#code") == ""
