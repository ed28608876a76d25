"""Units and the calendar over HTTP. Everyone reads them; city and district write (`writes`)."""

import re
from collections.abc import Awaitable
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from contracts.reference import CalendarAmended, CalendarPublished, UnitOpened
from services.office.book_keeper import BookKeeper
from services.office.openapi import operation
from services.office.reference import Reference, shown_calendar, shown_unit
from services.office.refusing import RAISED, problem
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import body_mac, idempotency_key, parsed, raw, writer
from services.runtime.tokens import Verifier

Writes = Literal["units", "items", "calendars", "register"]
_YEAR = re.compile("[0-9]{4}")


def reading(keeper: BookKeeper) -> APIRouter:
    """`GET /units` and `/calendars`: public, nothing personal in them."""
    router = APIRouter(prefix="/api/v1")

    async def units() -> Response:
        return json({"units": [shown_unit(unit) for _, unit in sorted(keeper.book.units.items())]})

    async def calendars() -> Response:
        return json({"calendars": [shown_calendar(*year) for year in sorted(keeper.book.calendar.years.items())]})

    router.add_api_route("/calendars", calendars, methods=["GET"], **operation("calendars"))
    router.add_api_route("/units", units, methods=["GET"], **operation("units"))
    return router


def writing(
    reference: Reference, verifier: Verifier, mac_key: bytes, units: frozenset[str], writes: frozenset[Writes]
) -> APIRouter:
    """`POST /units` and `/calendars` on the city."""
    router = APIRouter(prefix="/api/v1")

    async def open_unit(request: Request) -> Response:
        by, key, body = writer(request, verifier, units), idempotency_key(request), await raw(request)
        unit = parsed(UnitOpened, body)
        return await written(reference.open_unit(by, key, body_mac(mac_key, "open_unit", body), unit), "unit")

    async def publish_calendar(request: Request) -> Response:
        by, key, body = writer(request, verifier, units), idempotency_key(request), await raw(request)
        calendar, mac = parsed(CalendarPublished, body), body_mac(mac_key, "publish_calendar", body)
        return await written(reference.publish_calendar(by, key, mac, calendar), "calendar")

    async def amend_calendar(request: Request) -> Response:
        by, key, body = writer(request, verifier, units), idempotency_key(request), await raw(request)
        year = request.path_params["year"]
        if not _YEAR.fullmatch(year):
            raise Problem(404, "calendar_unknown", "There is no calendar of such a year.", "没有该年份的工作日历。")
        amendment, mac = parsed(CalendarAmended, body), body_mac(mac_key, f"amend_calendar/{year}", body)
        return await written(reference.amend_calendar(int(year), by, key, mac, amendment), "calendar")

    if "calendars" in writes:
        described = operation("publish_calendar", CalendarPublished, 201)
        router.add_api_route("/calendars", publish_calendar, methods=["POST"], **described)
        described = operation("amend_calendar", CalendarAmended, 201)
        router.add_api_route("/calendars/{year}/amend", amend_calendar, methods=["POST"], **described)
    if "units" in writes:
        router.add_api_route("/units", open_unit, methods=["POST"], **operation("open_unit", UnitOpened, 201))
    return router


async def written(work: Awaitable[tuple[dict[str, Any], int]], name: str) -> Response:
    """What was written, under its name, and the log's position; what the layers below raise, as problems."""
    try:
        shown, pos = await work
    except RAISED as error:
        raise problem(error) from None
    return json({name: shown, "pos": pos}, 201)
