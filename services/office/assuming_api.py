"""`POST /cases/{number}/assume-custody`, `/adopt` and `/revoke`, and `GET /cases/{number}/superseded`: the city's."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.casework.table import row
from services.office.act_api import act_route, answered
from services.office.asking_bodies import AssumeCustody
from services.office.assuming import Assuming
from services.office.bodies import BODIES
from services.office.openapi import get, post
from services.office.refusing import doing
from services.office.serving import Office, case_number
from services.office.superseded import lost, shown
from services.runtime.http.app import json
from services.runtime.http.reading import body_mac, idempotency_key, parsed, person, raw, writer


def routes(office: Office, assuming: Assuming) -> APIRouter:
    router = APIRouter(prefix="/api/v1")

    async def assume(request: Request) -> Response:
        by = writer(request, office.verifier, office.units)
        key = idempotency_key(request)
        number = case_number(request)
        body = await raw(request)
        wanted = parsed(AssumeCustody, body)
        mac = body_mac(office.mac_key, f"{number}/assume_custody", body)
        done = await doing(assuming.assume(number, by, key, mac, wanted))
        status, content, headers = answered(office, done, by, 200)
        return json(content, status, headers)

    async def superseded(request: Request) -> Response:
        by = person(request, office.verifier)
        loaded = await doing(office.cases.read(case_number(request), by))
        return json({"superseded": shown(loaded.state, await lost(office.pool, loaded.state.number))})

    path = "/cases/{number}"
    post(router, f"{path}/assume-custody", assume, "assume_custody", AssumeCustody)
    for name in ("adopt", "revoke"):
        post(router, f"{path}/{name}", act_route(office, row(name)), name, BODIES[name])
    get(router, f"{path}/superseded", superseded, "superseded")
    return router
