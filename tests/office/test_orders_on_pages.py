"""Supervision on the page of a case: an order is given, seen, read with a note of who reads it, and accounted for."""

import re
from collections.abc import Awaitable, Callable
from html import unescape

import httpx
import pytest

from contracts.fields import Plain
from contracts.supervision import SupervisionOrdered
from services.office.supervision_view import SupervisionView
from services.runtime.projector import Projector
from services.runtime.row import Draft
from services.runtime.sealed_events import seal_event
from tests.office.site import Pages, csrf
from tests.office.story import CITY, TOWNSHIP
from tests.runtime.logs import rows

TEXT = "家属三次来电 <b>"
ORDER = f"supervision/{'0a' * 16}"
FORM = re.compile(r'<form method="post" action="/cases/[^"]+/(?P<act>[^"/?]+)(?:\?[^"]*)?".*?</form>', re.DOTALL)
HIDDEN = re.compile(r'name="(?P<name>csrf|key|head)" value="(?P<value>[^"]*)"')


async def ordered(site: Pages, number: str, text: str | None = TEXT) -> None:
    """The city's order has arrived here, to account for the case within two working days."""
    event = SupervisionOrdered(case=number, to=TOWNSHIP, reason="late", days=2, text=Plain(text) if text else None)
    key = await site.here.cases.key_here(number)
    assert key is not None
    written = rows(ORDER, [seal_event(event, key, ORDER, 1) if text else event], unit=CITY, at=site.here.hands())
    await site.here.log.append(Draft(ORDER, None, CITY, written[0].command, None, None, written))
    await followed(site)


async def followed(site: Pages) -> None:
    view = Projector(site.here.log.pool, site.here.log.tide, SupervisionView())
    while await view.step():
        pass
    await site.here.seen()


def form(page: httpx.Response, act: str) -> dict[str, str]:
    for found in FORM.finditer(page.text):
        if found["act"] == act:
            return {hidden["name"]: unescape(hidden["value"]) for hidden in HIDDEN.finditer(found[0])}
    raise AssertionError(f"no form for {act}")


async def test_an_order_is_seen_with_its_last_day_and_accounted_for_once(site: Pages) -> None:
    number = await site.here.receive()
    async with site.signed_in("window1") as browser:
        page = await browser.get(f"/cases/{number}?lang=en")
        assert "Supervision orders" not in page.text
        assert "act-submit-supervision-answer" not in page.text
        await ordered(site, number)
        page = await browser.get(f"/cases/{number}?lang=en")
        assert "Not accounted for yet" in page.text
        assert "It takes too long" in page.text
        assert ORDER in page.text, "to choose from"
        said = {**form(page, "submit-supervision-answer"), "order": ORDER, "answer": "办结在即"}
        done = await browser.post(f"/cases/{number}/submit-supervision-answer", data=said)
        assert (done.status_code, done.headers["location"]) == (303, f"/cases/{number}?done=submit_supervision_answer")
        page = await browser.get(f"/cases/{number}?lang=en")
        assert "The account is on its way" in page.text
        assert "act-submit-supervision-answer" not in page.text
        again = await browser.post(
            f"/cases/{number}/submit-supervision-answer", data={**said, "key": "f" * 32, "head": "0" * 64}
        )
        assert again.status_code == 409


async def test_what_an_order_asks_is_shown_once_it_is_kept_who_reads_it(site: Pages) -> None:
    number = await site.here.receive()
    await ordered(site, number)
    async with site.signed_in("window1") as browser:
        page = await browser.get(f"/cases/{number}")
        assert TEXT not in unescape(page.text)
        shown = await browser.post(f"/cases/{number}/order-texts", data={"csrf": csrf(page)})
        assert shown.status_code == 200
        assert TEXT in unescape(shown.text)
        assert "<b>" not in shown.text
    kept = await site.here.log.pool.fetch("select person, number, why, texts from sealed_read")
    assert [tuple(row) for row in kept] == [("window1", number, "supervising", ["SupervisionOrdered"])]


async def test_an_order_without_a_text_has_nothing_to_open(site: Pages) -> None:
    number = await site.here.receive()
    await ordered(site, number, text=None)
    async with site.signed_in("window1") as browser:
        page = await browser.get(f"/cases/{number}")
        assert "/order-texts" not in page.text
        await browser.post(f"/cases/{number}/order-texts", data={"csrf": csrf(page)})
    assert await site.here.log.pool.fetchval("select count(*) from sealed_read") == 0


@pytest.fixture
def passed_up(site: Pages) -> Callable[[], Awaitable[str]]:
    """A case that the township passed to the city."""

    async def made() -> str:
        number = await site.here.receive()
        await site.here.act(number, "accept")
        await site.here.act(number, "refer", to=CITY, kind="transfer", reason="area")
        await site.account("mayor1", "supervisor", unit=CITY)
        return number

    return made


async def test_a_supervisor_orders_an_office_below_that_had_the_case(
    site: Pages, passed_up: Callable[[], Awaitable[str]]
) -> None:
    number = await passed_up()
    async with site.signed_in("mayor1") as browser:
        page = await browser.get(f"/cases/{number}?lang=en")
        said = {**form(page, "order-supervision"), "to": TOWNSHIP, "reason": "complaint", "days": "3"}
        done = await browser.post(f"/cases/{number}/order-supervision", data=said)
        assert (done.status_code, done.headers["location"]) == (303, f"/cases/{number}?done=order_supervision")
        await followed(site)
        page = await browser.get(f"/cases/{number}?lang=en")
        assert "Somebody complained" in page.text
        assert "Not accounted for yet" in page.text
        unsaid = await browser.post(
            f"/cases/{number}/order-supervision?lang=en", data={**form(page, "order-supervision"), "to": TOWNSHIP}
        )
        assert unsaid.status_code == 422
        assert "Working days to answer in: does not fit" in unescape(unsaid.text)


async def test_where_the_city_is_not_at_home_nobody_takes_a_case_over_for_it(
    site: Pages, passed_up: Callable[[], Awaitable[str]]
) -> None:
    number = await passed_up()
    async with site.signed_in("mayor1") as browser:
        page = await browser.get(f"/cases/{number}?lang=en")
        said = {**form(page, "assume-custody"), "order": "HN-1", "reason": "overdue"}
        refused = await browser.post(f"/cases/{number}/assume-custody", data=said)
        assert refused.status_code == 403
    async with site.signed_in("window1") as browser:
        page = await browser.get(f"/cases/{number}?lang=en")
        assert 'id="act-assume-custody"' not in page.text
        assert 'id="act-order-supervision"' not in page.text
