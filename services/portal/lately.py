"""The latest events, and every case as the board counts it: pages by key. Nothing personal."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from contracts.fields import CaseNumber, instant_text
from services.runtime.statements import statements

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

statement = statements(__file__)
NEWEST = 2**62


class LatestPage(BaseModel):
    """The query of `/dashboard/latest`. `before` is the `next` of the page before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: Annotated[int, Field(ge=1, le=NEWEST)] = NEWEST
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class CasesPage(BaseModel):
    """The query of `/dashboard/cases`. `after` is the `next` of the page before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after: CaseNumber | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


def event(row: "Record") -> dict[str, Any]:
    """One event as everybody may see it."""
    return {
        "pos": row["pos"],
        "type": row["type"],
        "unit": row["unit"],
        "holder": row["holder"],
        "number": row["stream"],
        "time": instant_text(row["time"]),
    }


async def latest(pool: "Pool[Record]", page: LatestPage) -> dict[str, Any]:
    """Newest first, by position of this copy; `next` is absent on the last page."""
    rows = await pool.fetch(statement("latest"), page.before, page.limit + 1)
    found = [event(row) for row in rows[: page.limit]]
    return {"events": found} | ({"next": found[-1]["pos"]} if len(rows) > page.limit else {})


async def latest_rows(pool: "Pool[Record]", n: int) -> "list[Record]":
    """The newest `n` events: pos, type, unit, holder, stream, time."""
    return await pool.fetch(statement("latest"), NEWEST, n)


async def cases(pool: "Pool[Record]", page: CasesPage) -> dict[str, Any]:
    """Every case by number; `next` is absent on the last page. `path` are the units that held it, `passes` how it
    got from each to the next."""
    rows = await pool.fetch(statement("cases"), page.after or "", page.limit + 1)
    found = [_case(row) for row in rows[: page.limit]]
    return {"cases": found} | ({"next": found[-1]["number"]} if len(rows) > page.limit else {})


def _case(row: "Record") -> dict[str, Any]:
    said = dict(row)
    closed_at = said.pop("closed_at")
    return {
        "number": said.pop("stream"),
        **said,
        "received_at": instant_text(row["received_at"]),
        "closed_at": instant_text(closed_at) if closed_at else None,
        "last_at": instant_text(row["last_at"]),
    }
