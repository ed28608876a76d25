"""Who of this office opened what lies sealed, of which case and what for: newest first."""

from fastapi.responses import Response

from services.office.accounts import reads
from services.office.pages.case import WHY_READ
from services.office.pages.site import Rule, Site, Visit
from services.office.serving import Office
from services.pages.languages import N_
from services.runtime.http.problem import Problem

PRINTING = N_("To print a paper")
READ_BY = frozenset({"head", "government_head", "supervisor", "unit_administrator"})
"""Who answers for what an office's people read."""


class ReadPages:
    def __init__(self, office: Office) -> None:
        self._office = office

    def routes(self, site: Site) -> None:
        site.get("/reads", Rule(READ_BY), self._reads)

    async def _reads(self, visit: Visit) -> Response:
        said = visit.request.query_params.get("before", "")
        if said and not (said.isascii() and said.isdigit() and len(said) < 19):
            raise Problem(422, "page_unknown", "Begin with the first page.", "请从第一页开始。")
        found = await reads.page(self._office.pool, visit.by.unit, int(said) if said else reads.NEWEST)
        lines = found[: reads.PAGE]
        return visit.page(
            "reads.html",
            lines=lines,
            why={**WHY_READ, "printing": PRINTING},
            first=not said,
            before=str(lines[-1].id) if len(found) > reads.PAGE else None,
        )
