"""Pages rendered on the server, in the language of the reader. They work without a script."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.pages import words
from services.pages.languages import Language, chosen, languages

SHARED = Path(__file__).parent / "templates"
PRIVATE = {"Cache-Control": "no-store"}
Said = Mapping[str, Any]
Saying = Callable[[Language], Said]
"""What templates of one language may call beside the words; functions are filters too."""


def environment(language: Language, templates: Path, said: Said) -> Environment:
    """Templates in one language; every value is escaped, a missing one is an error."""
    found = Environment(
        loader=FileSystemLoader([templates, SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Not by Jinja's i18n extension: it makes a context for each text, a third of what a page of an office cost, and
    # takes texts for markup.
    found.globals.update(_=language.gettext, ngettext=language.ngettext)
    found.filters.update(number=language.number, day=language.day, minute=language.minute, second=language.second)
    found.globals.update(language=language, languages=languages(), words=words, **said)
    found.filters.update({name: what for name, what in said.items() if callable(what)})
    return found


class Shell:
    """The pages of one service, its templates beside those that all share."""

    def __init__(self, templates: Path, said: Saying) -> None:
        self._environments = {
            code: environment(language, templates, said(language)) for code, language in languages().items()
        }

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """`link` keeps the language that was asked for in the address, and `lang` is it, for forms that ask by GET;
        without one the browser's is taken."""
        query = request.query_params
        language = chosen(query.get("lang"), request.headers.get("accept-language"))
        asked = {"lang": language.code} if query.get("lang") in languages() else {}

        def link(path: str, **more: str | None) -> str:
            said = {**asked, **{k: v for k, v in more.items() if v}}
            return f"{path}?{urlencode(said)}" if said else path

        found = self._environments[language.code].get_template(template)
        text = found.render(link=link, lang=asked.get("lang"), path=request.url.path, **values)
        headers = {"Content-Language": language.tag, "Vary": "Accept-Language", **PRIVATE}
        return HTMLResponse(text, status, headers)
