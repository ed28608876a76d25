"""What becomes due, for whoever looks after units from above: pages by key over the view of limits. Nothing personal.

A superior is told here of every referral that nobody acknowledges (`clock=acknowledge`), whoever holds it below.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from contracts.fields import Instant, UnitCode, instant_text
from services.casework.book import Book
from services.casework.clocks import ClockName
from services.casework.outlook import light_at
from services.runtime.http.problem import Problem
from services.runtime.statements import statements

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

statement = statements(__file__)
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


def _cursor(value: str) -> str:
    _INSTANT.validate_python(value.partition("~")[0])
    return value


class DuePage(BaseModel):
    """The query of `/dashboard/due`. `unit`: it and all below it, else every unit. `clock`: only where this limit is
    the one that ends first; `acknowledge` gives that limit wherever it runs, with its own instant and light. `cursor`
    is the `next` of the page before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: UnitCode | None = None
    clock: ClockName | None = None
    light: Literal["red", "amber"] | None = None
    cursor: Annotated[str, Field(max_length=120, pattern=r"^[0-9TZ:.-]+~[0-9-]+$"), AfterValidator(_cursor)] | None = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=200)] = 50


async def due(pool: "Pool[Record]", book: Book, page: DuePage, now: datetime) -> dict[str, Any]:
    """Open cases, the one whose limit ends first at the top; `next` is absent on the last page. Raises Problem 404
    `unit_unknown`."""
    if page.unit is not None and page.unit not in book.units:
        raise Problem(404, "unit_unknown", "There is no such unit.", "没有该单位。")
    holders = [unit for unit in book.units if page.unit in (None, unit) or book.is_above(page.unit, unit)]
    at, _, number = (page.cursor or "").partition("~")
    since = _INSTANT.validate_python(at) if at else _BEGINNING
    after = holders, since, number
    if page.clock == "acknowledge":
        rows = await pool.fetch(statement("due_acknowledge"), *after, page.light, now, page.limit + 1)
    else:
        rows = await pool.fetch(statement("due"), *after, page.clock, page.light, now, page.limit + 1)
    found = [_shown(row, now) for row in rows[: page.limit]]
    more = len(rows) > page.limit
    return {"cases": found} | ({"next": f"{found[-1]['due']}~{found[-1]['number']}"} if more else {})


def _shown(row: "Record", now: datetime) -> dict[str, Any]:
    return {
        "number": row["stream"],
        "holder": row["holder"],
        "clock": row["clock"],
        "due": instant_text(row["due"]),
        "light": light_at(row["due"], row["amber"], False, row["frozen"] or now).value,
        "provisional": row["provisional"],
    }
