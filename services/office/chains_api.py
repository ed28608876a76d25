"""`GET /chains`: where every chain ends, or every record."""

import re
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from services.office import chain
from services.office.openapi import Parameter, get
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import operator
from services.runtime.tokens import Verifier

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

CHAINS: list[Parameter] = [
    {"name": "after", "in": "query", "required": False, "schema": {"type": "string", "maxLength": 120}},
    {"name": "limit", "in": "query", "required": False, "schema": {"type": "integer", "minimum": 1, "maximum": 5000}},
    {"name": "full", "in": "query", "required": False, "schema": {"type": "string", "enum": ["0", "1"]}},
]
_LIMIT = re.compile("[0-9]{1,4}")


def routes(pool: "Pool[Record]", verifier: Verifier) -> APIRouter:
    """For operators, on every service and the portal: all chains."""
    router = APIRouter(prefix="/api/v1")

    async def all_chains(request: Request) -> Response:
        operator(request, verifier)
        after = request.query_params.get("after", "")
        limit = request.query_params.get("limit", str(chain.PAGE))
        if len(after) > 120 or "\x00" in after or not (_LIMIT.fullmatch(limit) and 1 <= int(limit) <= 5000):
            raise Problem(
                422, "invalid", "`after` is a stream, `limit` 1 to 5000.", "after 为流名称，limit 为 1 至 5000。"
            )
        if request.query_params.get("full") == "1":
            return StreamingResponse(chain.all_records(pool, after), media_type=chain.NDJSON)
        return json(await chain.heads(pool, after, int(limit)))

    get(router, "/chains", all_chains, "chains", parameters=CHAINS)
    return router
