"""The portal's pages speak one language at a time."""

import httpx

from services.pages.languages import languages
from tests.pages.reading import CHINESE, read, texts
from tests.portal.conftest import Portal
from tests.portal.histories import History, receipt_log
from tests.portal.test_pages import track
from tests.portal.test_tracking import CODE, OTHER, case

__all__ = ["case"]


async def pages(http: httpx.AsyncClient, language: str) -> list[str]:
    asked = {"lang": language}
    got = [await http.get("/", params=asked), await http.get("/", params={**asked, "district": "340405"})]
    got += [await http.get("/track", params=asked), await track(http, OTHER, **asked), await track(http, CODE, **asked)]
    got += [await track(http, CODE, "x", **asked)]
    return [answer.text for answer in got]


async def test_no_page_has_a_text_of_the_other_language(portal: Portal, http: httpx.AsyncClient, case: History) -> None:
    await portal.add(*receipt_log(portal.book, 30))
    names = {unit.name for unit in portal.book.units.values()}
    materials = {m.name for item in portal.book.items.values() for m in item.newest.materials}
    for page in await pages(http, "en"):
        for text in read(page):
            for name in sorted(names | materials | {"身份证复印件请双面复印。"}, key=len, reverse=True):
                text = text.replace(name, "")
            assert not CHINESE.search(text), text
    english = {text for text in texts() if languages()["zh"].gettext(text) != text}
    for page in await pages(http, "zh"):
        assert not english & set(read(page))
