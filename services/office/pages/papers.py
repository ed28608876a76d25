"""Scans that a page's script sends, and the papers of a case as a browser shows them."""

from fastapi.responses import Response

from services.office.pages.site import EVERYBODY, Rule, Site, Visit
from services.office.papers.tray import Tray
from services.office.papers_api import HAND_IN, handed_in, opened
from services.office.refusing import doing
from services.office.serving import Office, case_number
from services.runtime.http.app import json
from services.runtime.http.reading import content


class PaperPages:
    """`most`: bytes of the largest scan."""

    def __init__(self, office: Office, tray: Tray, most: int) -> None:
        self._office = office
        self._tray = tray
        self._most = most

    def routes(self, site: Site) -> None:
        site.post_content("/papers", Rule(HAND_IN), self._hand_in)
        site.get("/cases/{number}/papers/{paper}", Rule(EVERYBODY - {"operator"}), self._show)

    async def _hand_in(self, visit: Visit) -> Response:
        return json(await handed_in(self._tray, visit.by, await content(visit.request, self._most)), 201)

    async def _show(self, visit: Visit) -> Response:
        """Once it is noted who reads it."""
        number, paper = case_number(visit.request), visit.request.path_params["paper"]
        return await doing(opened(self._office, number, paper, visit.by, "handling"))
