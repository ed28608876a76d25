"""Units and the calendar over HTTP. Everyone reads them; city and district write (`writes`)."""

import re
from collections.abc import Awaitable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from contracts.reference import Appointment, CalendarAmended, CalendarPublished, UnitOpened
from services.office.openapi import get, post
from services.office.reference import Reference, shown_calendar, shown_opening, shown_unit
from services.office.reference_log import ReferenceLog
from services.office.refusing import doing
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import body_mac, idempotency_key, parsed, raw, writer
from services.runtime.tokens import Verifier

Writes = Literal["units", "items", "calendars", "register"]
_YEAR = re.compile("[0-9]{4}")
_UNIT = re.compile("[0-9]{6,12}")


class Staff(BaseModel):
    """Everybody on duty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    staff: Annotated[tuple[Appointment, ...], Field(min_length=1, max_length=500)]


class Opening(BaseModel):
    """Nothing has to be said: the unit opens on the day of the act."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def reading(log: ReferenceLog) -> APIRouter:
    """`GET /units`, `/units/{unit}/opening` and `/calendars`: public, nothing personal in them."""
    router = APIRouter(prefix="/api/v1")

    async def units(_: Request) -> Response:
        return json({"units": [shown_unit(unit) for _, unit in sorted(log.book.units.items())]})

    async def calendars(_: Request) -> Response:
        return json({"calendars": [shown_calendar(*year) for year in sorted(log.book.calendar.years.items())]})

    async def opening(request: Request) -> Response:
        unit: str = request.path_params["unit"]
        if unit not in log.book.units:
            raise _no_unit()
        return json(shown_opening(log.book, unit, log.today))

    get(router, "/units/{unit}/opening", opening, "opening")
    get(router, "/calendars", calendars, "calendars")
    get(router, "/units", units, "units")
    return router


def writing(
    reference: Reference, verifier: Verifier, mac_key: bytes, units: frozenset[str], writes: frozenset[Writes]
) -> APIRouter:
    """`POST /units`, `/units/{unit}/staff`, `/units/{unit}/opening` and `/calendars` on the city."""
    router = APIRouter(prefix="/api/v1")

    async def open_unit(request: Request) -> Response:
        by, key, body = writer(request, verifier, units), idempotency_key(request), await raw(request)
        unit = parsed(UnitOpened, body)
        return await written(reference.open_unit(by, key, body_mac(mac_key, "open_unit", body), unit), "unit")

    async def appoint_staff(request: Request) -> Response:
        unit = _named(request)
        by, key, body = writer(request, verifier, units), idempotency_key(request), await raw(request)
        mac = body_mac(mac_key, f"appoint_staff/{unit}", body)
        return await written(reference.appoint_staff(unit, by, key, mac, parsed(Staff, body).staff), "opening")

    async def inaugurate(request: Request) -> Response:
        unit = _named(request)
        by, key, body = writer(request, verifier, units), idempotency_key(request), await raw(request)
        parsed(Opening, body)
        mac = body_mac(mac_key, f"inaugurate_unit/{unit}", body)
        return await written(reference.inaugurate(unit, by, key, mac), "opening")

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
        post(router, "/calendars", publish_calendar, "publish_calendar", CalendarPublished, 201)
        post(router, "/calendars/{year}/amend", amend_calendar, "amend_calendar", CalendarAmended, 201)
    if "units" in writes:
        post(router, "/units", open_unit, "open_unit", UnitOpened, 201)
        post(router, "/units/{unit}/staff", appoint_staff, "appoint_staff", Staff, 201)
        post(router, "/units/{unit}/opening", inaugurate, "inaugurate_unit", Opening, 201)
    return router


def _named(request: Request) -> str:
    """The unit in the path. Raises Problem 404 for what cannot be one."""
    unit: str = request.path_params["unit"]
    if not _UNIT.fullmatch(unit):
        raise _no_unit()
    return unit


def _no_unit() -> Problem:
    return Problem(404, "unit_unknown", "There is no such unit.", "没有该单位。")


async def written(work: Awaitable[tuple[dict[str, Any], int]], name: str) -> Response:
    """What was written, under its name, and the log's position; what the layers below raise, as problems."""
    shown, pos = await doing(work)
    return json({name: shown, "pos": pos}, 201)
