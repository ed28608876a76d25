"""`POST /anchor`: publish the anchors of the units hosted here now, without waiting for the day's end."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.office.anchors import Anchors
from services.office.openapi import post
from services.office.refusing import doing
from services.runtime.http.app import json
from services.runtime.http.reading import idempotency_key, operator
from services.runtime.tokens import Verifier


def routes(anchors: Anchors, verifier: Verifier) -> APIRouter:
    """For operators."""
    router = APIRouter(prefix="/api/v1")

    async def publish(request: Request) -> Response:
        operator(request, verifier)
        done = await doing(anchors.now(idempotency_key(request)))
        shown = [{"unit": one.unit, "pos": one.pos, **one.anchor.model_dump(mode="json")} for one in done]
        return json({"anchors": shown})

    post(router, "/anchor", publish, "anchor")
    return router
