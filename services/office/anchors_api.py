"""`POST /anchor`: publish the anchors of the units hosted here now, without waiting for the day's end."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.office.anchors import Anchors
from services.office.openapi import operation
from services.office.refusing import RAISED, problem
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import idempotency_key, person
from services.runtime.tokens import Verifier


def routes(anchors: Anchors, verifier: Verifier) -> APIRouter:
    """For operators."""
    router = APIRouter(prefix="/api/v1")

    async def publish(request: Request) -> Response:
        by, key = person(request, verifier), idempotency_key(request)
        if "operator" not in by.roles:
            raise Problem(403, "role_missing", "This needs the role operator.", "需要 operator 角色。")
        try:
            done = await anchors.now(key)
        except RAISED as error:
            raise problem(error) from None
        shown = [{"unit": one.unit, "pos": one.pos, **one.anchor.model_dump(mode="json")} for one in done]
        return json({"anchors": shown})

    router.add_api_route("/anchor", publish, methods=["POST"], **operation("anchor"))
    return router
