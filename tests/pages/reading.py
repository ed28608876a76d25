"""What the catalogue has to say, and what is read on a page."""

import re
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.extract import extract_from_dir

import services

SERVICES = Path(next(iter(services.__path__)))
CHINESE = re.compile(r"[\u3400-\u9fff]")
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_OPTIONS = {"**/templates/**.html": {"trimmed": "true"}}


def texts() -> dict[str, tuple[str, ...]]:
    """Every text of templates and code, by itself, with its plural."""
    found = extract_from_dir(SERVICES, method_map=_METHODS, options_map=_OPTIONS)
    said = [message if isinstance(message, tuple) else (message,) for _, _, message, _, _ in found]
    return {message[0]: message for message in said}


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
