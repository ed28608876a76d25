"""What lies sealed in a case, opened for whoever works on it. Each reading leaves a line in the service's log."""

from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from contracts.catalogue import event_of
from contracts.envelope import read
from contracts.fields import Code, instant_text
from services.casework.reading import may_read_texts
from services.office.openapi import get
from services.office.person import person as actor
from services.office.refusing import doing
from services.office.serving import Office, case_number
from services.runtime.http.app import json
from services.runtime.http.reading import parsed_query, person
from services.runtime.sealed_events import has_sealed, opened_fields
from services.runtime.sealing import CannotOpen
from services.runtime.statements import statement
from services.runtime.tokens import Actor

log = structlog.get_logger(__name__)


class Why(BaseModel):
    """`reason`: code of what they are read for; it stands in the service's log with who read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Code


def routes(office: Office) -> APIRouter:
    """`GET /cases/{number}/texts?reason=`, and of a notice that was issued `…/notices/{notice}?reason=`."""
    router = APIRouter(prefix="/api/v1")

    async def texts(request: Request) -> Response:
        by = person(request, office.verifier)
        number = case_number(request)
        reason = parsed_query(Why, dict(request.query_params)).reason
        found = await doing(opened(office, number, by))
        # Before the answer: what could not be noted is not shown.
        log.info("texts_read", case=number, unit=by.unit, person=by.subject, reason=reason, texts=len(found))
        return json({"case": number, "texts": found}, headers={"Cache-Control": "no-store"})

    async def notice(request: Request) -> Response:
        by = person(request, office.verifier)
        reason = parsed_query(Why, dict(request.query_params)).reason
        return pdf(await doing(office.notices.open(case_number(request), request.path_params["notice"], by, reason)))

    get(router, "/cases/{number}/texts", texts, "texts", query=Why)
    get(router, "/cases/{number}/notices/{notice}", notice, "notice", query=Why)
    return router


def pdf(content: bytes) -> Response:
    """A paper, shown by the browser and kept by nobody between."""
    headers = {"Cache-Control": "no-store", "Content-Disposition": "inline"}
    return Response(content, media_type="application/pdf", headers=headers)


async def opened(office: Office, number: str, by: Actor) -> list[dict[str, Any]]:
    """Every sealed field of the live branch in its order; `text` is None where the case's key does not open it, as in
    what was forged or sealed for another place. Raises what `Cases.read`, `may_read_texts` and `Cases.case_key`
    raise."""
    loaded = await office.cases.read(number, by)
    may_read_texts(loaded.state, actor(by))
    key = await office.cases.case_key(number)
    found: list[dict[str, Any]] = []
    for row in await office.pool.fetch(statement("log/stream"), number):
        envelope = read(row["value"])
        event = event_of(envelope.type, envelope.data)
        if not has_sealed(event):
            continue
        said = {
            "seq": envelope.seq,
            "event": type(event).__name__,
            "unit": envelope.source,
            "person": envelope.actor,
            "time": instant_text(envelope.time),
        }
        try:
            fields = opened_fields(event, key, number, envelope.seq)
            found += [{**said, "field": field, "text": text} for field, text in fields.items()]
        except CannotOpen:
            found.append({**said, "field": None, "text": None})
    return found
