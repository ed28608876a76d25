"""Worklist and inbox: keyset pages over the view of cases, and counts from its tallies."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from contracts.fields import Code, Instant, instant_text
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


Cursor = Annotated[str, Field(max_length=120, pattern=r"^[0-9TZ:.-]+~[0-9-]+$"), AfterValidator(_cursor)]
"""Where a page ended: the receipt's instant and the case's number."""


class Filter(BaseModel):
    """The query of a worklist. `cursor` is the `next` of the page before; `after` waits for this log's position."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    which: Literal["open", "closed"] = "open"
    phase: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")] | None = None
    item: Code | None = None
    person: Code | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Annotated[int, Field(ge=0, le=2**62)] | None = None


class InboxFilter(BaseModel):
    """The query of an inbox: what is offered to the unit, what it sent and nobody has acknowledged yet, what its
    departments are asked about and have not answered, or what it is ordered to account for and has not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    which: Literal["offered", "sent", "asked", "ordered"] = "offered"
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Annotated[int, Field(ge=0, le=2**62)] | None = None


def _from(cursor: str | None) -> tuple[datetime, str]:
    if cursor is None:
        return _BEGINNING, ""
    at, _, stream = cursor.partition("~")
    return _INSTANT.validate_python(at), stream


def _page(rows: "list[Record]", limit: int) -> dict[str, Any]:
    found = [_shown(row) for row in rows[:limit]]
    more = len(rows) > limit
    return {"cases": found} | ({"next": f"{found[-1]['received_at']}~{found[-1]['number']}"} if more else {})


def _shown(row: "Record") -> dict[str, Any]:
    values: dict[str, Any] = dict(row)
    values["number"] = values.pop("stream")
    for name in ("received_at", "closed_at", "last_at"):
        if values[name] is not None:
            values[name] = instant_text(values[name])
    values["last_type"] = values["last_type"].split(".")[2]
    return values


async def worklist(pool: "Pool[Record]", unit: str, wanted: Filter) -> dict[str, Any]:
    """What the unit holds: oldest receipt first."""
    at, stream = _from(wanted.cursor)
    rows = await pool.fetch(
        statement("worklist"),
        unit,
        wanted.which == "closed",
        at,
        stream,
        wanted.phase,
        wanted.item,
        wanted.person,
        wanted.limit + 1,
    )
    return _page(rows, wanted.limit)


async def inbox(pool: "Pool[Record]", unit: str, wanted: InboxFilter) -> dict[str, Any]:
    """Offered to the unit, passed on by it and not yet taken, waiting for its opinion, or for its account."""
    at, stream = _from(wanted.cursor)
    rows = await pool.fetch(statement(f"inbox_{wanted.which}"), unit, at, stream, wanted.limit + 1)
    return _page(rows, wanted.limit)


async def counts(pool: "Pool[Record]", unit: str) -> dict[str, int]:
    """Cases the unit holds, by phase and custody (`accepted/held`), from the view's counts."""
    rows = await pool.fetch(statement("counts"), f"{unit}/")
    return {row["key"].partition("/")[2]: row["n"] for row in rows}
