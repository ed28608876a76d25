"""`GET /chains`: where every chain ends, or every record. `GET /testimony`: what others said, for who forgot it.

`GET /cases/{number}/chain`: one chain, at the portal for who never had it.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from services.office import chain
from services.office.openapi import Parameter, get
from services.office.serving import case_number, unknown_case
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import operator
from services.runtime.tokens import Verifier

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

PAGES: list[Parameter] = [
    {"name": "after", "in": "query", "required": False, "schema": {"type": "string", "maxLength": 120}},
    {"name": "limit", "in": "query", "required": False, "schema": {"type": "integer", "minimum": 1, "maximum": 5000}},
]
CHAINS: list[Parameter] = [
    *PAGES,
    {"name": "full", "in": "query", "required": False, "schema": {"type": "string", "enum": ["0", "1"]}},
    {"name": "upto", "in": "query", "required": False, "schema": {"type": "string", "maxLength": 120}},
]
MOST_UNITS = 1000
TESTIMONY: list[Parameter] = [
    *PAGES,
    {
        "name": "units",
        "in": "query",
        "required": True,
        "schema": {"type": "string", "pattern": "^([0-9]{6,12}|portal)(,([0-9]{6,12}|portal))*$", "maxLength": 12_999},
    },
]
_UNIT = re.compile("[0-9]{6,12}|portal")
_LIMIT = re.compile("[0-9]{1,4}")


def routes(
    pool: "Pool[Record]", verifier: Verifier, own: frozenset[str], said: Callable[[], int] = lambda: 0
) -> APIRouter:
    """For operators, on every service and the portal: all chains, and what is here of others'.

    `said`: the position up to which this service has spoken for its `own` units.
    """
    router = APIRouter(prefix="/api/v1")

    async def all_chains(request: Request) -> Response:
        operator(request, verifier)
        after, limit = _page(request)
        if request.query_params.get("full") == "1":
            upto = _stream(request.query_params.get("upto"))
            return StreamingResponse(chain.all_records(pool, after, upto), media_type=chain.NDJSON)
        return json(await chain.heads(pool, after, limit))

    async def testimony(request: Request) -> Response:
        operator(request, verifier)
        after, limit = _page(request)
        units = request.query_params.get("units", "").split(",")
        if len(units) > MOST_UNITS or not all(map(_UNIT.fullmatch, units)):
            raise Problem(
                422,
                "invalid",
                f"`units` are 1 to {MOST_UNITS} codes of units, separated by commas.",
                f"units 为 1 至 {MOST_UNITS} 个单位代码，以逗号分隔。",
            )
        return StreamingResponse(chain.testimony(pool, units, own, said(), after, limit), media_type=chain.NDJSON)

    get(router, "/testimony", testimony, "testimony", parameters=TESTIMONY)
    get(router, "/chains", all_chains, "chains", parameters=CHAINS)
    return router


def of_one_case(pool: "Pool[Record]", verifier: Verifier) -> APIRouter:
    """For operators, on the portal: the services ask there for a case that they never had (protocol I4)."""
    router = APIRouter(prefix="/api/v1")

    async def one(request: Request) -> Response:
        operator(request, verifier)
        return await chain_of(pool, case_number(request))

    get(router, "/cases/{number}/chain", one, "chain")
    return router


async def chain_of(pool: "Pool[Record]", number: str) -> Response:
    """Every live record of this case; the ETag is the hash of the last, so that a chain that was cut shows. Raises
    Problem 404."""
    records, head = await chain.records(pool, number)
    if not records:
        raise unknown_case()
    return Response(records, media_type=chain.NDJSON, headers={"ETag": f'"{head.hex()}"'})


def _page(request: Request) -> tuple[str, int]:
    """The stream after which the page begins, and how many it may look at."""
    after = _stream(request.query_params.get("after", "")) or ""
    limit = request.query_params.get("limit", str(chain.PAGE))
    if not (_LIMIT.fullmatch(limit) and 1 <= int(limit) <= 5000):
        raise _unfit()
    return after, int(limit)


def _stream(name: str | None) -> str | None:
    if name is not None and (len(name) > 120 or "\x00" in name):
        raise _unfit()
    return name


def _unfit() -> Problem:
    return Problem(
        422,
        "invalid",
        "`after` and `upto` are streams, `limit` 1 to 5000.",
        "after、upto 为流名称，limit 为 1 至 5000。",
    )
