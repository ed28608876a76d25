"""Supervision orders (督办): given from above about cases that the orderer may never have had, answered from below."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from services.casework.calendar import Calendar
from services.casework.moment import local_day
from tests.journeys.clerk import Answer, Body, Clerk
from tests.journeys.fitting import done, received
from tests.journeys.places import CITY, DATONG, LUOHE, REGISTRATION, SHANGYAO
from tests.journeys.system import System
from tests.journeys.waiting import until

ORDER = {"reason": "overdue", "days": 3}


def supervisor(system: System, unit: str) -> Clerk:
    return system.clerk(unit, "supervisor", subject="S01")


async def listed(clerk: Clerk, **query: str | int) -> list[Body]:
    """All pages of a list of orders."""
    found: list[Body] = []
    while True:
        page = await clerk.get("/supervision-orders", **query)
        assert page.done, page
        found += page.body["orders"]
        if "next" not in page.body:
            return found
        query["cursor"] = page.body["next"]


async def on_case(clerk: Clerk, number: str) -> list[Body]:
    found = await clerk.get(f"/cases/{number}/supervision-orders")
    return found.body["orders"] if found.done else []


async def reached(clerk: Clerk, number: str) -> Body:
    """The only order on this case, once this unit has it."""
    (order,) = await until(lambda: on_case(clerk, number), bool)
    return order


async def answered(clerk: Clerk, number: str) -> Body:
    (order,) = await until(lambda: on_case(clerk, number), lambda seen: seen and seen[0]["answered_at"])
    return order


async def published(system: System, number: str) -> None:
    """The feeds have the case."""
    portal = Clerk(system.http, system.services["portal"].url, CITY, system.operator)

    async def look() -> bool:
        page = (await portal.get("/chains", after=number[:-1], limit=200)).body
        return any(chain["stream"] == number for chain in page["chains"])

    await until(look, bool, 120)


async def counted(system: System, unit: str) -> tuple[int, int]:
    """How many orders the board says are open and overdue for this unit."""
    summary = (await system.http.get(f"{system.services['portal'].url}/api/v1/dashboard/summary")).json()
    waiting = {one["unit"]: (one["open"], one["overdue"]) for one in summary["orders"]}
    return waiting.get(unit, (0, 0))


async def test_the_city_orders_a_township_to_account_for_a_case_that_the_city_never_had(system: System) -> None:
    township, city, other = system.clerk(SHANGYAO), system.clerk(CITY), system.clerk(LUOHE)
    number, strange = await received(township, REGISTRATION), await received(other, REGISTRATION)
    await published(system, number)
    before = await counted(system, SHANGYAO)
    path = f"/cases/{number}/order-supervision"
    body, key = {"to": SHANGYAO, **ORDER}, uuid4().hex

    assert (await city.post(path, body)).code == "role_missing"
    assert (await supervisor(system, DATONG).post(path, {**body, "to": CITY})).code == "not_superior"
    assert (await supervisor(system, CITY).post(path, {**body, "text": "为何？"})).code == "text_without_key"
    elsewhere = await supervisor(system, CITY).post(f"/cases/{strange}/order-supervision", body)
    assert elsewhere.code == "case_unknown", "what the ordered unit never had does not come to the city"

    given = await supervisor(system, CITY).surely(path, body, key)
    assert given.done, given
    order, today = given.body["order"], local_day(datetime.now(UTC))
    last_day = Calendar().nth(today, 3).isoformat()
    assert (order["orderer"], order["ordered"], order["last_day"], order["light"]) == (
        CITY,
        SHANGYAO,
        last_day,
        "green",
    )
    again = await supervisor(system, CITY).surely(path, body, key)
    assert (again.body["order"]["order"], again.body["pos"]) == (order["order"], given.body["pos"])
    assert (await city.case(number)).code == "case_unknown", "an order is no custody"

    waits = await reached(township, number)
    assert (waits["order"], waits["last_day"], waits["light"]) == (order["order"], last_day, "green")
    assert waits["actions"] == [{"act": "submit-supervision-answer", "possible": True}]
    assert [one["order"] for one in await listed(township, unit=CITY) if one["case"] == number] == [order["order"]]
    assert number in {case["number"] for case in await township.listed("/inbox", which="ordered")}
    assert number not in {case["number"] for case in await other.listed("/inbox", which="ordered")}
    await until(lambda: counted(system, SHANGYAO), lambda said: said == (before[0] + 1, before[1]))

    said = {"order": order["order"], "answer": "材料已于今日补齐。"}
    nobody = f"/cases/{strange}/submit-supervision-answer"
    assert (await other.post(nobody, said)).code == "order_unknown"
    unknown = await township.act(number, "submit-supervision-answer", **{**said, "order": f"supervision/{'0' * 32}"})
    assert (unknown.status, unknown.code) == (404, "order_unknown")
    key = uuid4().hex
    sent = await township.surely(f"/cases/{number}/submit-supervision-answer", said, key)
    assert sent.body["request"]
    assert (await township.surely(f"/cases/{number}/submit-supervision-answer", said, key)).body == sent.body
    twice = await township.act(number, "submit-supervision-answer", **said)
    assert (twice.status, twice.code) == (409, "order_answered")

    for clerk in (city, township):
        seen = await answered(clerk, number)
        assert (seen["request"], seen["light"], seen["readable"]) == (sent.body["request"], "green", True)
        assert seen["answer"] == "材料已于今日补齐。", "the key came with the answer"
    assert (await on_case(township, number))[0]["actions"][0]["code"] == "order_answered"
    assert order["order"] in {one["order"] for one in await listed(city, which="given", state="answered")}
    assert order["order"] not in {one["order"] for one in await listed(city, which="given")}
    assert number not in {case["number"] for case in await township.listed("/inbox", which="ordered")}
    twice = await township.act(number, "submit-supervision-answer", **said)
    assert (twice.status, twice.code) == (409, "order_answered")
    await system.holds()
    assert await counted(system, SHANGYAO) == before


async def test_who_has_the_key_says_what_it_wants_to_know_and_an_earlier_custodian_answers(system: System) -> None:
    township, district = system.clerk(SHANGYAO), system.clerk(DATONG)
    number = await received(township, REGISTRATION)
    await done(township, number, "refer", to=DATONG, kind="forward_up", reason="route")
    await district.arrived(number)
    path = f"/cases/{number}/order-supervision"
    body = {"to": SHANGYAO, **ORDER, "text": "请说明转报前的办理情况。"}
    given = await supervisor(system, DATONG).surely(path, body, uuid4().hex)
    assert given.done, given

    waits = await reached(township, number)
    assert (waits["text"], waits["readable"]) == ("请说明转报前的办理情况。", True)
    assert (await on_case(system.clerk(LUOHE), number)) == []
    assert (await system.clerk(CITY).get(f"/cases/{number}/supervision-orders")).code == "case_unknown"
    said = {"order": waits["order"], "answer": "已核对原件。"}
    await done(township, number, "submit-supervision-answer", **said)
    assert (await answered(district, number))["answer"] == "已核对原件。"
    # Nobody had to acknowledge the case for it.
    assert (await district.case(number)).case["custody"]["state"] == "offered"
    await system.holds()


async def test_a_link_that_is_cut_delays_order_and_answer_and_loses_neither(system: System) -> None:
    assert system.link is not None
    township, city = system.clerk(SHANGYAO), system.clerk(CITY)
    first, second = [await received(township, REGISTRATION) for _ in range(2)]
    for number in (first, second):
        await published(system, number)
    body = {"to": SHANGYAO, **ORDER}

    async def order(number: str) -> Answer:
        return await supervisor(system, CITY).surely(f"/cases/{number}/order-supervision", body, uuid4().hex)

    assert (await order(first)).done
    waits = await reached(township, first)
    await system.link.cut()
    try:
        assert (await order(second)).done
        said = {"order": waits["order"], "answer": "正在办理。"}
        await done(township, first, "submit-supervision-answer", **said)
        (waiting,) = await on_case(township, first)
        assert (waiting["submitted"], waiting["answered_at"]) == (True, None)
        assert waiting["actions"][0]["code"] == "order_answered"
        assert await on_case(township, second) == []
    finally:
        await system.link.mend()
    assert (await answered(city, first))["answer"] == "正在办理。"
    said = {"order": (await reached(township, second))["order"], "answer": "已办结。"}
    await done(township, second, "submit-supervision-answer", **said)
    await system.holds()
    assert {(await answered(one, number))["light"] for one in (city, township) for number in (first, second)} == {
        "green"
    }


@pytest.mark.timeout(300)
async def test_while_the_portal_is_away_an_order_about_a_strange_case_waits_and_is_given_once(system: System) -> None:
    township, city = system.clerk(SHANGYAO), supervisor(system, CITY)
    number = await received(township, REGISTRATION)
    await published(system, number)
    path, body, key = f"/cases/{number}/order-supervision", {"to": SHANGYAO, **ORDER}, uuid4().hex
    await system.stop("portal")
    try:
        refused = await city.post(path, body, key)
        assert (refused.status, refused.code) == (503, "case_not_fetched")
        assert (await on_case(township, number), await on_case(city, number)) == ([], [])
    finally:
        await system.start("portal")
    given = await city.surely(path, body, key)
    assert given.done, given
    order = await reached(township, number)
    assert order["order"] == given.body["order"]["order"]
    said = {"order": order["order"], "answer": "已说明。"}
    await done(township, number, "submit-supervision-answer", **said)
    assert (await answered(city, number))["answer"] == "已说明。"
    await system.holds()


@pytest.mark.timeout(300)
async def test_lists_of_orders_come_in_pages_by_the_day_on_which_they_end(system: System) -> None:
    township, city = system.clerk(SHANGYAO), supervisor(system, CITY)
    numbers = await asyncio.gather(*(received(township, REGISTRATION) for _ in range(3)))
    for number in numbers:
        await published(system, number)
    wanted = [(number, days) for days in (9, 1, 4) for number in numbers]
    for number, days in wanted:
        body = {"to": SHANGYAO, "reason": "overdue", "days": days}
        assert (await city.surely(f"/cases/{number}/order-supervision", body, uuid4().hex)).done

    async def all_here() -> list[Body]:
        return [one for one in await listed(township, limit=2) if one["case"] in numbers]

    seen = await until(all_here, lambda found: len(found) == len(wanted))
    assert [one["days"] for one in seen] == [1, 1, 1, 4, 4, 4, 9, 9, 9]
    assert [one["last_day"] for one in seen] == sorted(one["last_day"] for one in seen)
    mine = [one for one in await listed(city, which="given", unit=SHANGYAO, limit=4) if one["case"] in numbers]
    assert [one["order"] for one in mine] == [one["order"] for one in seen]
    assert await listed(city, which="given", unit=LUOHE) == []
    lights = {light: await listed(township, light=light, limit=5) for light in ("green", "amber", "red")}
    assert all(one["light"] == light for light, found in lights.items() for one in found)
    counts = (await township.get("/supervision-orders")).body["counts"]
    assert counts == {light: len(found) for light, found in lights.items()}
    for query in ({"state": "answered", "light": "red"}, {"cursor": "x~supervision/1"}, {"light": "paused"}):
        refused = await township.get("/supervision-orders", **query)
        assert (refused.status, refused.code) == (422, "invalid"), query

    for one in seen:
        said = {"order": one["order"], "answer": "已说明。"}
        await done(township, one["case"], "submit-supervision-answer", **said)
    await system.holds()
    over = [one for one in await listed(city, which="given", state="answered", limit=4) if one["case"] in numbers]
    assert [one["answered_at"] for one in over] == sorted((one["answered_at"] for one in over), reverse=True)
    assert {one["order"] for one in over} == {one["order"] for one in seen}
