"""Bodies in the centres and their grants over HTTP. City and district write, each for itself and its points."""

import re

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from contracts.fields import Code, Day
from contracts.reference import DelegationGranted, DepartmentAdmitted
from services.office.openapi import get, post
from services.office.reference_api import written
from services.office.reference_log import ReferenceLog
from services.office.register import Register, shown_delegation, shown_department
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import asked, parsed, person
from services.runtime.tokens import Verifier

_ID = re.compile("[0-9a-f]{32}")


class Revocation(BaseModel):
    """`revoked_on`: the first local day without the powers; today unless said otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Code
    revoked_on: Day | None = None


def reading(log: ReferenceLog, verifier: Verifier) -> APIRouter:
    """`GET /departments`, public; `GET /delegations` for whoever has a token, since it names persons on duty."""
    router = APIRouter(prefix="/api/v1")

    async def departments(_: Request) -> Response:
        book, today = log.book, log.today
        there = sorted((unit, code) for unit, codes in book.departments.items() for code in codes)
        return json({"departments": [shown_department(book, unit, code, today) for unit, code in there]})

    async def delegations(request: Request) -> Response:
        person(request, verifier)
        grants, today = log.book.delegations, log.today
        return json({"delegations": [shown_delegation(grant, today) for _, grant in sorted(grants.items())]})

    get(router, "/departments", departments, "departments")
    get(router, "/delegations", delegations, "delegations")
    return router


def writing(register: Register, verifier: Verifier, mac_key: bytes, units: frozenset[str]) -> APIRouter:
    """`POST /departments`, `/delegations` and `/delegations/{delegation}/revoke`."""
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

    post(router, "/departments", admit, "admit_department", DepartmentAdmitted, 201)
    post(router, "/delegations", grant, "grant_delegation", DelegationGranted, 201)
    post(router, "/delegations/{delegation}/revoke", revoke, "revoke_delegation", Revocation, 201)
    return router
