"""Bodies in the centres and their grants over HTTP. City and district write, each for itself and its points."""

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from contracts.fields import DEPARTMENT_PATTERN, Code, Day
from contracts.reference import DelegationGranted, DepartmentAdmitted
from services.casework.representative import ways
from services.office.chief_representatives import BodiesAsked, representatives
from services.office.openapi import get, post
from services.office.reference_api import written
from services.office.reference_log import ReferenceLog
from services.office.register import (
    Installed,
    Planned,
    Register,
    Shown,
    Withdrawn,
    shown_delegation,
    shown_department,
)
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import asked, parsed, parsed_query, person
from services.runtime.tokens import Actor, Verifier

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

_ID = re.compile("[0-9a-f]{32}")
_DEPARTMENT = re.compile(DEPARTMENT_PATTERN)
B = TypeVar("B", bound=BaseModel)


class Revocation(BaseModel):
    """`revoked_on`: the first local day without the powers; today unless said otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Code
    revoked_on: Day | None = None


def reading(log: ReferenceLog, pool: "Pool[Record]", verifier: Verifier, units: frozenset[str]) -> APIRouter:
    """`GET /departments`, public; `GET /delegations` and `/chief-representatives` for whoever has a token, since they
    name persons on duty. Cases are counted of bodies at `units` alone, those hosted here: all of theirs are here."""
    router = APIRouter(prefix="/api/v1")

    async def departments(_: Request) -> Response:
        book = log.book
        return json({"departments": [shown_department(book, *one) for one in ways(book, log.today).items()]})

    async def delegations(request: Request) -> Response:
        person(request, verifier)
        grants, today = log.book.delegations, log.today
        return json({"delegations": [shown_delegation(grant, today) for _, grant in sorted(grants.items())]})

    async def chief_representatives(request: Request) -> Response:
        person(request, verifier)
        asked = parsed_query(BodiesAsked, dict(request.query_params))
        return json(await representatives(pool, log.book, log.today, asked, units, named=True))

    get(router, "/chief-representatives", chief_representatives, "chief_representatives", query=BodiesAsked)
    get(router, "/departments", departments, "departments")
    get(router, "/delegations", delegations, "delegations")
    return router


def writing(register: Register, verifier: Verifier, mac_key: bytes, units: frozenset[str]) -> APIRouter:
    """`POST /departments`, `/delegations` and `/delegations/{delegation}/revoke`; and what a body says of its chief
    representative: `/departments/{department}/plan-representative`, `/install-representative` and
    `/withdraw-representative`."""
    router = APIRouter(prefix="/api/v1")

    async def admit(request: Request) -> Response:
        by, key, body, mac = await asked(request, verifier, units, mac_key, "admit_department")
        work = register.admit_department(by, key, mac, parsed(DepartmentAdmitted, body))
        return await written(work, "department")

    async def grant(request: Request) -> Response:
        by, key, body, mac = await asked(request, verifier, units, mac_key, "grant_delegation")
        return await written(register.grant(by, key, mac, parsed(DelegationGranted, body)), "delegation")

    async def revoke(request: Request) -> Response:
        delegation: str = request.path_params["delegation"]
        by, key, body, mac = await asked(request, verifier, units, mac_key, f"revoke_delegation/{delegation}")
        if not _ID.fullmatch(delegation):
            raise Problem(404, "delegation_unknown", "There is no grant of such an id.", "没有该编号的授权。")
        wanted = parsed(Revocation, body)
        work = register.revoke(delegation, by, key, mac, wanted.reason, wanted.revoked_on)
        return await written(work, "delegation")

    def says(name: str, model: type[B], work: Callable[[str, Actor, str, bytes, B], Awaitable[Shown]]) -> None:
        async def route(request: Request) -> Response:
            department: str = request.path_params["department"]
            by, key, body, mac = await asked(request, verifier, units, mac_key, f"{name}/{department}")
            if not _DEPARTMENT.fullmatch(department):
                raise Problem(404, "department_unknown", "There is no body of such a key.", "没有该编码的进驻部门。")
            return await written(work(department, by, key, mac, parsed(model, body)), "department")

        post(router, f"/departments/{{department}}/{name.replace('_', '-')}", route, name, model, 201)

    says("plan_representative", Planned, register.plan_representative)
    says("install_representative", Installed, register.install_representative)
    says("withdraw_representative", Withdrawn, register.withdraw_representative)
    post(router, "/departments", admit, "admit_department", DepartmentAdmitted, 201)
    post(router, "/delegations", grant, "grant_delegation", DelegationGranted, 201)
    post(router, "/delegations/{delegation}/revoke", revoke, "revoke_delegation", Revocation, 201)
    return router
