"""Lists of supervision orders say the same as each order by itself, page by page, on any day and under any calendar."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from contracts.fields import Plain
from contracts.supervision import SupervisionAnswered, SupervisionOrdered
from services.casework.calendar import Calendar
from services.casework.moment import local_day
from services.casework.order_limits import order_limit
from services.casework.supervision import Order
from services.office.orders_listed import OrdersFilter, Side, orders
from services.office.service import OFFICE_MIGRATIONS
from services.office.supervision_view import SupervisionView
from services.runtime.database import MIGRATIONS, connect, migrate
from services.runtime.log import Log
from services.runtime.projector import Projector
from services.runtime.rebuild import differences, rebuild
from services.runtime.row import Draft
from services.runtime.sealed_events import seal_event
from services.runtime.sealing import new_case_key
from services.runtime.tide import Tide
from tests.casework.notices import published
from tests.office.story import CITY, DISTRICT, TOWNSHIP
from tests.runtime.logs import rows, running

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

BEGUN = datetime(2026, 1, 20, 1, tzinfo=UTC)
"""Spring Festival comes within the limits."""
CASE = "340402100-20260105-0001"
PUBLISHED = Calendar().publish(published(2026))
MANY = 60


@dataclass(slots=True)
class Office:
    pool: "Pool[Record]"
    known: list[Order]


@pytest.fixture
async def office(database: str) -> AsyncIterator[Office]:
    """The city and a district gave orders on the days of five weeks; every fifth is answered."""
    chance = random.Random(20260120)
    known: list[Order] = []
    async with await connect(database) as pool:
        async with pool.acquire() as connection:
            await migrate(connection, (MIGRATIONS, OFFICE_MIGRATIONS))
        log = Log(pool, Tide())
        log.open()
        async with running(log):
            for serial in range(MANY):
                at = BEGUN + timedelta(days=chance.randrange(35), minutes=serial)
                unit, to = chance.choice([(CITY, DISTRICT), (CITY, TOWNSHIP), (DISTRICT, TOWNSHIP)])
                stream, days = f"supervision/{serial:032x}", chance.choice([1, 2, 5, 8])
                events: list[Any] = [SupervisionOrdered(case=CASE, to=to, reason="overdue", days=days)]
                order = Order(stream, CASE, unit, to, "overdue", days, at)
                if serial % 5 == 0:
                    answer = SupervisionAnswered(request=f"{serial:032x}", answer=Plain("!"))
                    events.append(seal_event(answer, new_case_key(), stream, 2))
                    order = Order(stream, CASE, unit, to, "overdue", days, at, f"{serial:032x}", at)
                written = rows(stream, events, unit=unit, at=at)
                await log.append(Draft(stream, None, unit, written[0].command, None, None, written))
                known.append(order)
            view = Projector(pool, Tide(), SupervisionView())
            while await view.step():
                pass
            yield Office(pool, known)


async def listed(office: Office, by: str, calendar: Calendar, now: datetime, **query: Any) -> list[str]:
    found: list[str] = []
    while True:
        wanted = OrdersFilter(limit=3, **query)
        page = await orders(office.pool, by, wanted, calendar, now)
        found += [one["order"] for one in page["orders"]]
        if "next" not in page:
            return found
        query["cursor"] = page["next"]


@pytest.mark.parametrize("calendar", [PUBLISHED, Calendar()], ids=["published", "weekends alone"])
@pytest.mark.parametrize("which", ["given", "received"])
async def test_open_orders_are_listed_by_the_day_they_end_whatever_light_is_asked_for(
    office: Office, which: Side, calendar: Calendar
) -> None:
    for unit in (CITY, DISTRICT, TOWNSHIP):
        mine = [one for one in office.known if (one.unit if which == "given" else one.to) == unit and not one.answered]
        for day in (0, 20, 38, 90):
            now = BEGUN + timedelta(days=day)
            limits = {one.stream: order_limit(one, calendar, now) for one in mine}
            mine.sort(key=lambda one: (limits[one.stream].last_day, local_day(one.at), one.stream))
            assert await listed(office, unit, calendar, now, which=which) == [one.stream for one in mine]
            lights = Counter(limit.light.value for limit in limits.values())
            for light in ("green", "amber", "red"):
                shown = [one.stream for one in mine if limits[one.stream].light == light]
                assert await listed(office, unit, calendar, now, which=which, light=light) == shown, (unit, day, light)
            page = await orders(office.pool, unit, OrdersFilter(which=which), calendar, now)
            assert page["counts"] == {light: lights[light] for light in ("green", "amber", "red")}


async def test_answered_orders_are_listed_by_their_answers_and_either_list_by_the_other_unit(office: Office) -> None:
    mine = [one for one in office.known if one.unit == CITY]
    over = sorted((one for one in mine if one.answered_at), key=lambda one: (one.answered_at, one.stream), reverse=True)
    assert over
    found = await listed(office, CITY, PUBLISHED, BEGUN, which="given", state="answered")
    assert found == [one.stream for one in over]
    for unit in (DISTRICT, TOWNSHIP):
        found = await listed(office, CITY, PUBLISHED, BEGUN, which="given", unit=unit)
        assert set(found) == {one.stream for one in mine if one.to == unit and not one.answered}
        assert found
    assert await listed(office, CITY, PUBLISHED, BEGUN, which="received") == []


async def test_the_view_of_orders_rebuilt_is_the_same(office: Office) -> None:
    assert await differences(office.pool, SupervisionView()) == []
    before = await office.pool.fetch("select * from supervision order by stream")
    assert await rebuild(office.pool, SupervisionView()) == MANY
    assert await office.pool.fetch("select * from supervision order by stream") == before
    assert await differences(office.pool, SupervisionView()) == []


@pytest.mark.parametrize("day", ["0001-01-01", "0002-01-05", "9999-12-31"])
def test_a_page_cannot_begin_where_no_order_ends(day: str) -> None:
    with pytest.raises(ValidationError):
        OrdersFilter.model_validate({"cursor": f"{day}~2026-01-05~supervision/x"})


def test_no_days_before_the_first_year_are_counted() -> None:
    for day in (date(1, 1, 1), date(2, 1, 3)):
        assert PUBLISHED.latest(day, 9) == date(2, 1, 1)
