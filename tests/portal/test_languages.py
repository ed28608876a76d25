"""Both languages say everything."""

import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from contracts.case import CaseEvent
from contracts.case.custody import ReferralKind, ReturnPurpose
from services.casework.case import Phase
from services.portal import words
from services.portal.languages import LOCALES, languages
from tests.portal.conftest import Portal
from tests.portal.histories import History, receipt_log
from tests.portal.test_pages import track
from tests.portal.test_tracking import CODE, OTHER, case

__all__ = ["case"]
PORTAL = Path(words.__file__).parent
CHINESE = re.compile(r"[\u3400-\u9fff]")


def texts() -> dict[str, tuple[str, ...]]:
    """Every text of templates and code, by itself, with its plural."""
    methods = [("*.py", "python"), ("templates/**.html", "jinja2")]
    trimmed = {"templates/**.html": {"trimmed": "true"}}
    found = extract_from_dir(PORTAL, method_map=methods, options_map=trimmed)
    said = [message if isinstance(message, tuple) else (message,) for _, _, message, _, _ in found]
    return {message[0]: message for message in said}


def test_the_catalogue_has_every_text_and_no_other() -> None:
    with (LOCALES / "zh_Hans_CN" / "LC_MESSAGES" / "portal.po").open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans_CN")
    known = {m.id if isinstance(m.id, str) else m.id[0]: m for m in catalogue if m.id}
    assert known.keys() == texts().keys()
    for text, message in known.items():
        assert message.string, text
        assert not message.fuzzy, text
        said = message.string if isinstance(message.string, str) else message.string[0]
        assert set(re.findall(r"{\w+}", said)) <= set(re.findall(r"{\w+}", text)), text


def test_every_phase_pass_and_event_has_a_word() -> None:
    assert words.PHASES.keys() == set(Phase)
    assert set(words.OPEN_PHASES) | set(words.CLOSED_PHASES) == set(Phase)
    assert words.EVENTS.keys() == {event.__name__ for event in CaseEvent.__args__}
    assert set(ReferralKind.__args__) | set(ReturnPurpose.__args__) <= words.PASSES.keys()


class Texts(HTMLParser):
    """What is read on a page, but for names of the reference data, marked as Chinese on an English page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        named = given.get("lang") == "zh-Hans" or "notice" in (given.get("class") or "")
        if tag not in ("meta", "link", "input", "br"):
            self._open.append(named)
        if not named:
            spoken = ("aria-label", "title", "placeholder", "alt")
            self.found += [v for k, v in attrs if v and (k in spoken or k.startswith("data-"))]

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._open) and data.strip():
            self.found.append(data.strip())


def read(page: str) -> list[str]:
    parser = Texts()
    parser.feed(page)
    return parser.found


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
