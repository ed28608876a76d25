"""The catalogue over HTTP: everyone reads it; city and district write, each its own."""

import re
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from contracts.fields import CODE_PATTERN, Day, Text, UnitCode
from contracts.reference import ItemPublished, ItemRevised
from services.office import reengineering
from services.office.items import Items, catalogue, shown_item, shown_versions
from services.office.openapi import get, post
from services.office.reference_api import written
from services.office.reference_log import ReferenceLog
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import asked, parsed, parsed_query
from services.runtime.tokens import Verifier

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

_KEY = re.compile(CODE_PATTERN)


class CatalogueAsked(BaseModel):
    """`unit`: only what this unit offers today; without it every item there is or was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: UnitCode | None = None


class Retirement(BaseModel):
    """`retired_on`: the first local day on which no case is received; today unless said otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ground: Text
    retired_on: Day | None = None


def reading(log: ReferenceLog, pool: "Pool[Record]") -> APIRouter:
    """`GET /items`, `/items/re-engineering` and `/items/{item}/versions`: public, nothing personal in them."""
    router = APIRouter(prefix="/api/v1")

    async def items(request: Request) -> Response:
        unit = parsed_query(CatalogueAsked, dict(request.query_params)).unit
        if unit is None:
            return json({"items": [shown_item(item, log.today) for _, item in sorted(log.book.items.items())]})
        if unit not in log.book.units:
            raise Problem(404, "unit_unknown", "There is no such unit.", "没有该单位。")
        return json({"unit": unit, "items": catalogue(log.book, unit, log.today)})

    async def versions(request: Request) -> Response:
        found = log.book.items.get(request.path_params["item"])
        if found is None:
            raise _no_item()
        return json(shown_versions(found, log.today))

    async def re_engineering(_: Request) -> Response:
        return json(reengineering.shown(log.book, log.today, await reengineering.concluded(pool)))

    get(router, "/items/re-engineering", re_engineering, "re_engineering")
    get(router, "/items", items, "items", query=CatalogueAsked)
    get(router, "/items/{item}/versions", versions, "item_versions")
    return router


def writing(items: Items, verifier: Verifier, mac_key: bytes, units: frozenset[str]) -> APIRouter:
    """`POST /items`, `/items/{item}/revise` and `/items/{item}/retire`."""
    router = APIRouter(prefix="/api/v1")

    async def publish(request: Request) -> Response:
        by, key, body, mac = await asked(request, verifier, units, mac_key, "publish_item")
        return await written(items.publish(by, key, mac, parsed(ItemPublished, body)), "item")

    async def revise(request: Request) -> Response:
        item = _named(request)
        by, key, body, mac = await asked(request, verifier, units, mac_key, f"revise_item/{item}")
        return await written(items.revise(item, by, key, mac, parsed(ItemRevised, body)), "item")

    async def retire(request: Request) -> Response:
        item = _named(request)
        by, key, body, mac = await asked(request, verifier, units, mac_key, f"retire_item/{item}")
        wanted = parsed(Retirement, body)
        return await written(items.retire(item, by, key, mac, wanted.ground, wanted.retired_on), "item")

    post(router, "/items", publish, "publish_item", ItemPublished, 201)
    post(router, "/items/{item}/revise", revise, "revise_item", ItemRevised, 201)
    post(router, "/items/{item}/retire", retire, "retire_item", Retirement, 201)
    return router


def _named(request: Request) -> str:
    """The catalogue key in the path. Raises Problem 404 for what cannot be one."""
    item: str = request.path_params["item"]
    if not _KEY.fullmatch(item):
        raise _no_item()
    return item


def _no_item() -> Problem:
    return Problem(404, "item_unknown", "There is no item of such a key.", "没有该编码的事项。")
