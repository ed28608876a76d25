"""Over HTTP: papers that were handed in elsewhere count from that day, however late the office registers them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from contracts.case import CaseAccepted, Material
from contracts.fields import instant_text
from contracts.requests import SupplementSubmitted, WithdrawalRequested
from services.office import act_api, case_api, deadline_api
from services.office.serving import Office as Served
from services.runtime.http.app import create
from services.runtime.http.server import Server
from services.runtime.issuer import PUBLIC_FILE, issue, make_issuer, read_issuer_keys
from services.runtime.metrics import Metrics
from services.runtime.tokens import Verifier
from tests.casework.dated import instant
from tests.journeys.clerk import Clerk
from tests.lawclock.office import CLERK, Office, office
from tests.office.story import TOWNSHIP

MISSING = [{"kind": kind, "reason": "missing"} for kind in ("application", "identity")]
BOTH: list[dict[str, Any]] = [{"kind": kind, "form": "original"} for kind in ("application", "identity")]
PARCEL, OTHER, THIRD = "ab" * 16, "cd" * 16, "ef" * 16


@contextlib.asynccontextmanager
async def counter(here: Office, folder: Path) -> AsyncIterator[Clerk]:
    """A clerk of the township before the office's acts and limits, served on a free port."""
    issuer = make_issuer(folder / "issuer")
    verifier = Verifier(read_issuer_keys(folder / "issuer" / PUBLIC_FILE))
    shown = (here.views.shown, here.requested.shown)
    served = Served(
        here.log.pool,
        here.cases,
        here.acts,
        here.receiving,
        here.notices,
        here.papers,
        verifier,
        shown,
        b"m" * 32,
        frozenset({TOWNSHIP}),
        here.law,
    )
    app = create("office", "0", Metrics("office"))
    for router in (act_api.routes(served), case_api.routes(served), deadline_api.routes(served, here.keeper)):
        app.include_router(router)
    server = Server(app, "127.0.0.1", 0, 5)
    serving = asyncio.create_task(server.serve())
    await server.started()
    try:
        async with httpx.AsyncClient() as http:
            token = issue(issuer, CLERK, at=datetime.now(UTC), lifetime=timedelta(hours=1))
            yield Clerk(http, f"http://127.0.0.1:{server.port}", TOWNSHIP, token)
    finally:
        await server.end()
        await serving


def parcel(number: str, papers: list[dict[str, Any]] = BOTH) -> SupplementSubmitted:
    materials = tuple(Material.model_validate(paper) for paper in papers)
    return SupplementSubmitted(case=number, epoch=0, term=0, materials=materials)


async def limit(clerk: Clerk, number: str, clock: str, at: str) -> dict[str, Any] | None:
    """This limit of the case as it was shown then."""
    found = await clerk.get(f"/cases/{number}/deadline", at=instant_text(instant(at)))
    assert found.done, found
    return next((one for one in found.body["limits"] if one["clock"] == clock), None)


async def owing(here: Office, clerk: Clerk) -> str:
    """Received on Monday 2 March; on the 4th the applicant was told what is missing."""
    number = await here.receive()
    here.hands.at = instant("2026-03-04 09:00")
    assert (await clerk.act(number, "request-supplement", items=MISSING)).done
    await here.seen()
    return number


async def test_an_office_that_sits_on_papers_moves_no_limit_and_has_accepted_as_of_the_day_it_got_them(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, "2026-03-02 09:00") as here, counter(here, tmp_path) as clerk:
        number = await owing(here, clerk)
        here.hands.at = instant("2026-03-10 20:15:30")
        await here.asked(PARCEL, parcel(number))
        await here.seen()
        # 11 12 13 | 16 17 are the five days of [32(5)]; nobody has looked, so nothing is said yet.
        assert await here.tick("2026-03-18 00:00") == []
        assert await here.tick("2026-03-20 09:00") == []
        assert await limit(clerk, number, "after_supplement", "2026-03-20 09:00") is None

        said = await clerk.act(number, "receive-supplement", materials=BOTH, request=PARCEL, handed_in="2026-03-20")
        assert (said.status, said.code) == (422, "invalid"), "when it was, the request's own record says"
        assert (await clerk.act(number, "receive-supplement", materials=BOTH, request=PARCEL)).done
        await here.seen()
        written = (await clerk.get(f"/cases/{number}/history")).body["events"][-1]["data"]
        assert (written["request"], written["handed_in"]) == (PARCEL, "2026-03-10T12:15:30.000000Z")
        late = await clerk.act(number, "request-supplement", items=[{"kind": "identity", "reason": "illegible"}])
        assert (late.status, late.code) == (422, "accepted_by_law")
        assert "2026-03-10" in late.body["detail"]
        assert "2026-03-10" in late.body["detail_zh"]

        assert await here.tick("2026-03-20 09:01") == ["CaseAccepted", "CaseUrged"]
        accepted = (await here.events(number))[-2]
        assert isinstance(accepted, CaseAccepted)
        assert (accepted.deemed, accepted.accepted_on.isoformat()) == (True, "2026-03-10")
        shown = await limit(clerk, number, "after_supplement", "2026-03-20 12:00")
        assert shown is not None
        assert (shown["start_day"], shown["last_day"], shown["light"]) == ("2026-03-10", "2026-03-17", "red")
        first = shown["days_counted"][0]
        assert (first["day"], first["reason"]) == ("2026-03-10", "handed_in")
        assert "2026-03-20登记" in first["zh"]
        assert "registered them on 2026-03-20" in first["en"]
        assert {day["whose"] for day in shown["days_counted"] if day["number"]} == {TOWNSHIP}
        supply = await limit(clerk, number, "supply", "2026-03-20 12:00")
        assert supply is not None
        assert (supply["used"], supply["stopped"]) == (4, "2026-03-10T12:15:30.000000Z")


async def test_a_clerk_who_accepts_such_papers_before_the_clock_looks_accepts_as_of_that_day(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, "2026-03-02 09:00") as here, counter(here, tmp_path) as clerk:
        number = await owing(here, clerk)
        here.hands.at = instant("2026-03-10 10:00")
        await here.asked(PARCEL, parcel(number))
        here.hands.at = instant("2026-03-20 09:00")
        assert (await clerk.act(number, "receive-supplement", materials=BOTH, request=PARCEL)).done
        accepted = (await clerk.act(number, "accept")).case
        assert (accepted["deemed"], accepted["accepted_on"]) == (True, "2026-03-10")


async def test_only_a_request_that_brought_papers_for_this_case_says_when_they_were_handed_in(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path, "2026-03-02 09:00") as here, counter(here, tmp_path) as clerk:
        number, other = await owing(here, clerk), await here.receive()
        here.hands.at = instant("2026-03-05 10:00")
        await here.asked(PARCEL, parcel(other))
        await here.asked(OTHER, WithdrawalRequested(case=number, epoch=0, term=0))
        here.hands.at = instant("2026-03-12 10:00")
        for request, papers in ((PARCEL, BOTH[:1]), (OTHER, BOTH[1:]), (THIRD, BOTH)):
            done = await clerk.act(number, "receive-supplement", materials=papers, request=request)
            if request == THIRD:
                assert done.code == "nothing_asked"
            else:
                assert done.done, done
        found = await limit(clerk, number, "after_supplement", "2026-03-12 12:00")
        assert found is not None
        assert found["start_day"] == "2026-03-12"
