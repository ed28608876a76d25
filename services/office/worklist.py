"""Worklist and inbox: keyset pages over the view of cases, and counts from its tallies."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from contracts.fields import Code, Instant, instant_text
from contracts.requests import Request
from services.casework.answering import answer_by, answer_light
from services.casework.book import Book
from services.office.waiting import Waiting
from services.runtime.entry import stored_event
from services.runtime.sealed_events import sealed_fields
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


Cursor = Annotated[str, Field(max_length=120, pattern=r"^[0-9TZ:.-]+~[0-9a-f-]+$"), AfterValidator(_cursor)]
"""Where a page ended: the receipt's instant and the case's number, of requests when it was asked and its id."""


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
    departments are asked about and have not answered, what it is ordered to account for and has not, or what is
    requested about cases that it has to answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    which: Literal["offered", "sent", "asked", "ordered", "requested"] = "offered"
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Annotated[int, Field(ge=0, le=2**62)] | None = None


def begins_after(cursor: str | None) -> tuple[datetime, str]:
    """The instant and the key that a cursor says; without one the beginning."""
    if cursor is None:
        return _BEGINNING, ""
    at, _, stream = cursor.partition("~")
    return _INSTANT.validate_python(at), stream


def _page(rows: "list[Record]", limit: int) -> dict[str, Any]:
    found = [_shown(row) for row in rows[:limit]]
    more = len(rows) > limit
    return {"cases": found} | ({"next": f"{found[-1]['received_at']}~{found[-1]['number']}"} if more else {})


def _shown(row: "Record | Mapping[str, Any]") -> dict[str, Any]:
    values: dict[str, Any] = dict(row)
    values["number"] = values.pop("stream")
    for name in ("received_at", "closed_at", "last_at"):
        if values[name] is not None:
            values[name] = instant_text(values[name])
    values["last_type"] = values["last_type"].split(".")[2]
    return values


async def worklist(pool: "Pool[Record]", unit: str, wanted: Filter) -> dict[str, Any]:
    """What the unit holds: oldest receipt first."""
    at, stream = begins_after(wanted.cursor)
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
    at, stream = begins_after(wanted.cursor)
    rows = await pool.fetch(statement(f"inbox_{wanted.which}"), unit, at, stream, wanted.limit + 1)
    return _page(rows, wanted.limit)


async def requested(pool: "Pool[Record]", unit: str, wanted: InboxFilter, book: Book, now: datetime) -> dict[str, Any]:
    """Requests that wait for this unit's answer, each with its case: who has waited longest first."""
    at, last = begins_after(wanted.cursor)
    rows = await pool.fetch(statement("inbox_requested"), unit, at, f"request/{last}", wanted.limit + 1)
    found = [_with_request(row, book, now) for row in rows[: wanted.limit]]
    more = len(rows) > wanted.limit
    end = found[-1]["request"] if more else None
    return {"cases": found} | ({"next": f"{end['asked_at']}~{end['request']}"} if end else {})


def _with_request(row: "Record", book: Book, now: datetime) -> dict[str, Any]:
    names = ("request", "request_kind", "asker", "asked_at", "request_type", "value")
    waiting = Waiting(row["request"], row["stream"], row["request_kind"], row["asker"], row["asked_at"], None, True)
    case = _shown({name: value for name, value in row.items() if name not in names})
    return {**case, "request": {**shown_request(waiting, book, now), **_said(row["request_type"], row["value"])}}


def _said(type_name: str, value: bytes) -> dict[str, Any]:
    """What is asked for, but for what is sealed and what the case itself says."""
    event = stored_event(type_name, value)
    hidden = {*Request.model_fields, *sealed_fields(type(event))}
    return {"said": event.model_dump(mode="json", exclude=hidden)}


def shown_request(waiting: Waiting, book: Book, now: datetime) -> dict[str, Any]:
    """A request without an answer, with the last day for it and the light at `now`."""
    return {
        "request": waiting.request,
        "kind": waiting.kind,
        "by": waiting.asker,
        "asked_at": instant_text(waiting.at),
        "last_day": answer_by(waiting.at, book.calendar).isoformat(),
        "light": answer_light(waiting.at, book.calendar, now).value,
    }


async def counts(pool: "Pool[Record]", unit: str) -> dict[str, int]:
    """Cases the unit holds, by phase and custody (`accepted/held`), from the view's counts."""
    rows = await pool.fetch(statement("counts"), f"{unit}/")
    return {row["key"].partition("/")[2]: row["n"] for row in rows}
