"""The lists of an office's day, and the way to one case by its number."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from fastapi.responses import Response

from services.casework.reasons import CLOCKS
from services.office import lists, saved_lists
from services.office.case_api import reached
from services.office.lists import Asked, ListName
from services.office.pages.act_forms import REQUESTS
from services.office.pages.several import at_hand
from services.office.pages.site import EVERYBODY, Rule, Site, Visit
from services.office.serving import Office, may_be_number
from services.pages.languages import N_
from services.pages.phrases import Name, Phrase, Words
from services.runtime.http.problem import Problem
from services.runtime.http.reading import parsed_query

LISTS: Mapping[ListName, str] = {
    "due": N_("By last day"),
    "mine": N_("On my desk"),
    "free": N_("On nobody's desk"),
    "all": N_("All here"),
    "offered": N_("Offered to us"),
    "sent": N_("Sent, on its way"),
    "requested": N_("Requests"),
    "asked": N_("Questions to us"),
    "ordered": N_("Supervised"),
    "closed": N_("Closed"),
}
EMPTY: Mapping[ListName, str] = {
    "due": N_("Nothing here has a last day."),
    "mine": N_("Your desk is empty. Take a case from the list of those on nobody's desk."),
    "free": N_("Everything here is on somebody's desk."),
    "all": N_("This office has no open case."),
    "offered": N_("Nobody has passed a case to this office that waits to be acknowledged."),
    "sent": N_("Everything that this office passed on has arrived and was acknowledged."),
    "requested": N_("Nobody waits for an answer of this office."),
    "asked": N_("No body here is asked for its opinion."),
    "ordered": N_("No supervision order waits for an answer of this office."),
    "closed": N_("No case was closed here yet."),
}


def _asked(said: Mapping[str, str]) -> Asked:
    return parsed_query(Asked, {name: value for name, value in said.items() if value})


class ListPages:
    def __init__(self, office: Office) -> None:
        self._office = office

    def routes(self, site: Site) -> None:
        rule = Rule(EVERYBODY - {"operator"})
        site.get("/", Rule(EVERYBODY), self._home)
        site.get("/work", rule, self._work)
        site.post("/lists/kept", rule, self._keep)
        site.post("/lists/dropped", rule, self._drop)
        site.get("/find", rule, self._find)

    async def _home(self, visit: Visit) -> Response:
        return visit.to("/work")

    async def _work(self, visit: Visit) -> Response:
        asked = _asked(visit.request.query_params)
        await reached(self._office, asked.after)
        now, by = self._office.cases.clock(), visit.by
        page = await lists.page(self._office.pool, by.unit, by.subject, asked, now)
        book = self._office.cases.book

        def words(line: lists.Line) -> Words:
            return Words(book, book.item(line.item, line.item_version))

        return visit.page(
            "work.html",
            asked=asked,
            page=page,
            lists=LISTS,
            empty=EMPTY,
            counts=await lists.counts(self._office.pool, by.unit, by.subject),
            counted=lists.COUNTED,
            words_of=words,
            narrows=await self._items(by.unit) if asked.list in lists.BY_ITEM else (),
            saved=await saved_lists.kept(self._office.pool, by.subject),
            most=saved_lists.MOST,
            clocks=CLOCKS,
            requests=REQUESTS,
            acts=at_hand(asked.list, by.roles),
        )

    async def _items(self, unit: str) -> Sequence[tuple[str, Name | Phrase]]:
        """Of those that have open cases here, key and name."""
        book = self._office.cases.book
        return [(key, Words(book, book.item(key)).item_name()) for key in await lists.items(self._office.pool, unit)]

    async def _keep(self, visit: Visit) -> Response:
        asked = _asked(dict(visit.form.fields))
        named = parsed_query(saved_lists.Named, {"name": visit.form.one("name")})
        await saved_lists.keep(self._office.pool, visit.by.subject, named.name, asked)
        return visit.to(f"/work?{urlencode(asked.narrowed)}")

    async def _drop(self, visit: Visit) -> Response:
        await saved_lists.drop(self._office.pool, visit.by.subject, visit.form.one("name"))
        return visit.to("/work")

    async def _find(self, visit: Visit) -> Response:
        """By the whole number, as it stands on the receipt."""
        number = visit.request.query_params.get("number", "").strip()
        if not may_be_number(number):
            raise Problem(
                422,
                "number_wrong",
                "A case number looks like 340405101-20261122-0017: digits and two hyphens.",
                "办件编号形如 340405101-20261122-0017，由数字和两个连字符组成。",
            )
        return visit.to(f"/cases/{number}")
