"""A service point opens: what it lacks is told, and no case goes there before the day."""

from uuid import uuid4

from tests.journeys.clerk import Answer, Body, Clerk
from tests.journeys.fitting import inaugurate_unit, open_unit, received
from tests.journeys.places import CITY, SHANGYAO
from tests.journeys.system import System
from tests.journeys.waiting import until


async def lacking(clerk: Clerk, unit: str) -> set[str]:
    answer = await clerk.get(f"/units/{unit}/opening")
    return {check["name"] for check in answer.body["checks"] if not check["done"]}


async def test_a_point_opens_when_nothing_is_lacking_and_takes_cases_from_then_on(system: System) -> None:
    registered = await open_unit(system, "city")
    city = registered.clerk
    body: Body = {**registered.body, "preparing": True}
    assert (await city.post("/units", body)).status == 201
    bare = body["code"]
    assert {"bodies", "staff"} <= await lacking(city, bare)
    refused = await city.post(f"/units/{bare}/opening", {})
    assert (refused.status, refused.code) == (422, "opening_incomplete")
    assert "somebody who receives" in refused.body["detail"]
    assert "收件人员" in refused.body["detail_zh"]

    ready = await inaugurate_unit(system, "city")
    point, clerk = ready.path.split("/")[2], system.clerk(SHANGYAO)
    number = await received(clerk, "registration")

    async def hand_over() -> Answer:
        # Nobody serves the point here, so it is referred to as if it stood above: refused, and for that alone.
        return await clerk.act(number, "refer", to=point, kind="forward_up", reason="route")

    early = await until(hand_over, lambda seen: seen.code != "unit_unknown", 60)
    assert (early.status, early.code) == (422, "unit_preparing")
    key = uuid4().hex
    opened = [await city.post(ready.path, ready.body, key) for _ in range(2)]
    assert [one.status for one in opened] == [201, 201]
    assert opened[0].body == opened[1].body
    assert (opened[0].body["opening"]["open"], opened[0].body["opening"]["preparing"]) == (True, False)
    again = await city.post(ready.path, ready.body)
    assert (again.status, again.code) == (409, "unit_open_already")
    late = await until(hand_over, lambda seen: seen.code != "unit_preparing", 60)
    assert (late.status, late.code) == (422, "not_above")
    await system.holds()


async def test_units_that_were_opened_at_once_are_open(system: System) -> None:
    units = {one["code"]: one for one in (await system.clerk(CITY).get("/units")).body["units"]}
    assert not units[CITY]["preparing"]
    assert not units[SHANGYAO]["preparing"]
