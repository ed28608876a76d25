"""Lists of supervision orders: keyset pages over their view, the open ones by the day on which they end.

That day is no column. For orders of equally many working days the order of days on which they were given is that of
their ends, so that each number of days is one range of an index, and the calendar merges them.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from contracts.fields import Day, Instant, UnitCode, instant_text
from services.casework.calendar import FIRST, LAST, Calendar
from services.casework.limits import Light
from services.casework.moment import local_day
from services.casework.order_limits import given_for
from services.office.orders_shown import order_lights, shown_order
from services.office.supervision_view import SupervisionRow, order_of
from services.runtime.statements import statements

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

statement = statements(__file__)
Side = Literal["given", "received"]
_DAY: TypeAdapter[date] = TypeAdapter(Day)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
_SHOWN = ("green", "amber", "red")


class OrdersFilter(BaseModel):
    """The query of the lists of orders. `which`: those that the unit gave, or those that it is to answer. `unit`: only
    those to or from this one. `cursor` is the `next` of the page before; `after` waits for this log's position."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    which: Side = "received"
    state: Literal["open", "answered"] = "open"
    unit: UnitCode | None = None
    light: Literal["green", "amber", "red"] | None = None
    cursor: Annotated[str, Field(max_length=160, pattern=r"^[0-9TZ:.~-]+~supervision/[A-Za-z0-9_.:-]+$")] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Annotated[int, Field(ge=0, le=2**62)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> "OrdersFilter":
        if self.state == "answered" and self.light is not None:
            raise ValueError("only open orders are asked for by light")
        if self.cursor is not None:
            _open_cursor(self.cursor) if self.state == "open" else _answered_cursor(self.cursor)
        return self


def _open_cursor(cursor: str) -> tuple[date, date, str]:
    """The day on which the last order of the page ended, the day it was given on, and its stream. Raises ValueError."""
    last_day, given_on, stream = cursor.split("~")
    days = _DAY.validate_python(last_day), _DAY.validate_python(given_on)
    if not all(FIRST < day.year <= LAST for day in days):
        raise ValueError("no order ends on such a day")
    return *days, stream


def _answered_cursor(cursor: str) -> tuple[datetime, str]:
    """When the last order of the page was answered, and its stream. Raises ValueError."""
    at, stream = cursor.split("~")
    return _INSTANT.validate_python(at), stream


async def orders(
    pool: "Pool[Record]", unit: str, wanted: OrdersFilter, calendar: Calendar, now: datetime
) -> dict[str, Any]:
    """One page: open orders, the one that ends first at the top, or answered ones, the last answer at the top; and
    `counts`, how many open orders of this side show each light."""
    rows = await pool.fetch(statement("supervision_counts"), wanted.which, f"{unit}/")
    keys = [(row["key"], row["n"]) for row in rows]
    lights = order_lights(keys, calendar, local_day(now)).get(unit, Counter())
    if wanted.state == "open":
        days = sorted({int(key.split("/")[1]) for key, _ in keys})
        page = await _open(pool, unit, wanted, days, calendar, local_day(now))
    else:
        page = await _answered(pool, unit, wanted)
    found = [shown_order(order_of(row), calendar, now) for row in page[: wanted.limit]]
    more = {"next": _next(wanted, page[wanted.limit - 1], found[-1])} if len(page) > wanted.limit else {}
    return {"orders": found, **more, "counts": {light: lights[light] for light in _SHOWN}}


def _next(wanted: OrdersFilter, last: SupervisionRow, shown: Mapping[str, Any]) -> str:
    if last.answered_at is not None:
        return f"{instant_text(last.answered_at)}~{last.stream}"
    return f"{shown['last_day']}~{last.given_on}~{last.stream}"


async def _open(
    pool: "Pool[Record]", unit: str, wanted: OrdersFilter, days: list[int], calendar: Calendar, today: date
) -> list[SupervisionRow]:
    """At most one more than is shown. `days`: those that open orders of this side have."""
    light = Light(wanted.light) if wanted.light else None
    windows = [given_for(light, n, calendar, today) for n in days]
    after, beyond = [window.after for window in windows], [date.min] * len(days)
    given_on, stream = date.min, ""
    if wanted.cursor is not None:
        last_day, given_on, stream = _open_cursor(wanted.cursor)
        ended = [calendar.latest(last_day - timedelta(days=1), n) for n in days]
        after = list(map(max, after, ended))
        beyond = [calendar.latest(last_day, n) for n in days]
    orderer, ordered = _sides(unit, wanted)
    rows = await pool.fetch(
        statement("supervision_open"),
        days,
        after,
        [window.upto for window in windows],
        beyond,
        given_on,
        orderer,
        ordered,
        stream,
        wanted.limit + 1,
    )
    found = [SupervisionRow(**row) for row in rows]
    found.sort(key=lambda row: (calendar.nth(row.given_on, row.days), row.given_on, row.stream))
    return found[: wanted.limit + 1]


async def _answered(pool: "Pool[Record]", unit: str, wanted: OrdersFilter) -> list[SupervisionRow]:
    at, stream = _answered_cursor(wanted.cursor) if wanted.cursor is not None else (None, "")
    orderer, ordered = _sides(unit, wanted)
    rows = await pool.fetch(statement("supervision_answered"), orderer, ordered, at, stream, wanted.limit + 1)
    return [SupervisionRow(**row) for row in rows]


def _sides(unit: str, wanted: OrdersFilter) -> tuple[str | None, str | None]:
    """Who gave them, and who is to answer; None for whoever it is."""
    return (unit, wanted.unit) if wanted.which == "given" else (wanted.unit, unit)
