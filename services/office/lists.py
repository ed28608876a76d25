"""The lists of an office's day: one keyset page of each by its own index, with the instants that give each light."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from contracts.fields import instant_text
from services.casework.limits import Light
from services.casework.outlook import light_at
from services.office.worklist import Cursor, begins_after
from services.runtime.statements import statements

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

statement = statements(__file__)
ListName = Literal["due", "mine", "free", "all", "offered", "sent", "asked", "ordered", "requested", "closed"]
BY_ITEM: frozenset[ListName] = frozenset({"mine", "free", "all", "offered"})
"""Lists of open cases that lie with the unit or are offered to it."""
PAGE = 50
COUNTED = 100
"""Up to so many are counted; more is said as `99+`."""


class Asked(BaseModel):
    """The query of a list. `light` narrows the list by last days, `item` those of open cases here by what they are
    about; on other lists they say nothing. `cursor` is the `next` of the page before; `after` waits for this log's
    position."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    list: ListName = "due"
    light: Literal["red", "amber"] | None = None
    item: Annotated[str, Field(max_length=120)] | None = None
    cursor: Cursor | None = None
    after: Annotated[int, Field(ge=0, le=2**62)] | None = None

    @property
    def narrowed(self) -> dict[str, str]:
        """What of the query says which cases are on the list."""
        said = {
            "light": self.light if self.list == "due" else None,
            "item": self.item if self.list in BY_ITEM else None,
        }
        return {"list": self.list, **{name: value for name, value in said.items() if value}}


@dataclass(frozen=True, slots=True)
class Line:
    """One case of a list. `since`: when it was received, of a request when it was asked. `light` at the page's instant;
    `limit`: the clock that ends first, at `due` (UTC)."""

    number: str
    item: str
    item_version: int
    phase: str
    custody: str
    holder: str
    sender: str | None
    arrived: bool
    person: str | None
    since: datetime
    closed_at: datetime | None
    last_at: datetime
    last_type: str
    limit: str | None
    due: datetime | None
    light: Light | None
    request_kind: str | None = None
    asker: str | None = None


class Page(NamedTuple):
    """`next`: the cursor of the page after, if there is one."""

    lines: list[Line]
    next: str | None


async def page(pool: "Pool[Record]", unit: str, person: str, asked: Asked, now: datetime) -> Page:
    """One page of a list of this unit; `person` is who looks, by staff number."""
    at, last = begins_after(asked.cursor)
    if asked.list == "requested":
        last = f"request/{last}"
    given: list[object] = [unit, at, last, PAGE + 1]
    match asked.list:
        case "due":
            given += [asked.light, now]
        case "mine":
            given.append(person)
        case "free":
            given.append(None)
        case _:
            pass
    narrowed = "item" in asked.narrowed
    if narrowed:
        given.append(asked.item)
    rows = await pool.fetch(_query(asked.list, f" and c.item = ${len(given)}" if narrowed else ""), *given)
    lines = [_line(row, now) for row in rows[:PAGE]]
    return Page(lines, _cursor(rows[PAGE - 1], asked.list) if len(rows) > PAGE else None)


def _query(name: ListName, narrowed: str = "") -> str:
    """Two lists have an order of their own; all others are in that of receipt, and some can be `narrowed`."""
    own = statement(f"list_{name}")
    return own if name in ("due", "requested") else statement("list").format(which=own.strip() + narrowed)


async def items(pool: "Pool[Record]", unit: str) -> list[str]:
    """What the open cases are about that lie with this unit or are offered to it: keys of items, in their order."""
    return [row["item"] for row in await pool.fetch(statement("list_items"), unit)]


async def counts(pool: "Pool[Record]", unit: str, person: str) -> dict[str, int]:
    """By list, up to COUNTED; what is closed is not counted."""
    row = await pool.fetchrow(statement("list_counts"), unit, person, COUNTED)
    assert row is not None
    return dict(row)


def _line(row: "Record", now: datetime) -> Line:
    clock, due = row["limit_clock"], row["due"]
    light = light_at(due, row["amber"], row["paused"], row["frozen"] or now) if clock is not None else None
    requested = "request_kind" in row.keys()  # noqa: SIM118  (a Record is no mapping of its values)
    return Line(
        row["stream"],
        row["item"],
        row["item_version"],
        row["phase"],
        row["custody"],
        row["holder"],
        row["sender"],
        row["arrived"],
        row["person"],
        row["received_at"],
        row["closed_at"],
        row["last_at"],
        row["last_type"].split(".")[2],
        clock,
        due,
        light,
        row["request_kind"] if requested else None,
        row["asker"] if requested else None,
    )


def _cursor(row: "Record", name: ListName) -> str:
    at: datetime = row["due"] if name == "due" else row["received_at"]
    last: str = row["request"].partition("/")[2] if name == "requested" else row["stream"]
    return f"{instant_text(at.astimezone(UTC))}~{last}"
