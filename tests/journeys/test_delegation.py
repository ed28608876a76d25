"""A chief representative decides at the window: under a written grant, and only while it is in force."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from contracts.case import CaseDecided
from contracts.reference import DelegationGranted
from services.casework.moment import local_day
from services.casework.refusals import Refusal
from services.office.bodies import Decide
from services.office.refusing import problem
from services.runtime.tokens import Actor
from tests.casework.dated import instant
from tests.journeys.clerk import Answer, Body, Clerk
from tests.journeys.fitting import civil, done, grant, received
from tests.journeys.places import CITY, CIVIL, DATONG, ITEMS, REGISTRATION, SHANGYAO
from tests.journeys.system import System
from tests.journeys.waiting import until
from tests.lawclock.office import office
from tests.office.story import LICENCE, TOWNSHIP

GRANTED = {"outcome": "granted"}


async def accepted(system: System, unit: str) -> str:
    """The number of a case that waits for its decision."""
    clerk = system.clerk(unit)
    number = await received(clerk, REGISTRATION)
    await done(clerk, number, "accept")
    return number


async def history(clerk: Clerk, number: str) -> list[Body]:
    return (await clerk.get(f"/cases/{number}/history")).body["events"]


async def refused(chief: Clerk, number: str) -> str | None:
    """The code under which the decision is refused; nothing is written."""
    before = await history(chief, number)
    answer = await chief.act(number, "decide", **GRANTED)
    assert answer.status == 403, answer
    assert await history(chief, number) == before
    return answer.code


async def granting(administrator: Clerk, body: Body) -> str:
    """The id of the grant."""
    answer = await administrator.post("/delegations", body)
    assert answer.status == 201, answer
    return answer.body["delegation"]["id"]


async def standing(clerk: Clerk, unit: str) -> str:
    listed = (await clerk.get("/departments")).body["departments"]
    return next(one["standing"] for one in listed if (one["unit"], one["code"]) == (unit, CIVIL))


@pytest.mark.parametrize("unit", [DATONG, CITY])
async def test_a_decision_at_the_window_names_its_grant_and_ends_with_it(system: System, unit: str) -> None:
    administrator, person = await civil(system, unit), uuid4().hex
    chief = system.clerk(unit, "chief_representative", subject=person)
    assert await refused(chief, await accepted(system, unit)) == "delegation_missing"

    delegation = await granting(administrator, grant(unit, person))
    assert await standing(administrator, unit) == "granted"
    number = await accepted(system, unit)
    decided = await chief.act(number, "decide", **GRANTED)
    assert decided.case["phase"] == "decided"
    last = (await history(chief, number))[-1]
    assert last["data"]["delegation"] == f"delegation/{delegation}"
    assert (last["actor"], "approver" in last["data"]) == (person, False)

    waiting = await accepted(system, unit)
    key = uuid4().hex

    async def revoke(key: str) -> Answer:
        return await administrator.post(f"/delegations/{delegation}/revoke", {"reason": "moved"}, key)

    revoked = await revoke(key)
    assert (revoked.status, revoked.body["delegation"]["in_force"]) == (201, False)
    assert await refused(chief, waiting) == "delegation_revoked"
    assert await revoke(key) == revoked, "the same key, the same answer"
    again = await revoke(uuid4().hex)
    assert (again.status, again.code) == (409, "delegation_revoked_already")
    # What was decided under it stays decided, and the body's own approver goes on.
    assert (await chief.case(number)).case["phase"] == "decided"
    await done(system.clerk(unit), waiting, "decide", **GRANTED)
    assert "delegation" not in (await history(chief, waiting))[-1]["data"]


async def test_a_grant_that_has_not_begun_or_is_another_units_counts_for_nothing(system: System) -> None:
    administrator, person = await civil(system, DATONG), uuid4().hex
    chief = system.clerk(DATONG, "chief_representative", subject=person)
    number = await accepted(system, DATONG)
    await granting(await civil(system, CITY), grant(CITY, person))

    async def why() -> str | None:
        return await refused(chief, number)

    assert await until(why, lambda code: code != "delegation_missing") == "delegation_foreign"
    tomorrow = await granting(administrator, grant(DATONG, person, first=1))
    assert await refused(chief, number) == "delegation_not_begun"
    revoked = await administrator.post(f"/delegations/{tomorrow}/revoke", {"reason": "mistake"})
    assert revoked.status == 201
    await granting(administrator, grant(DATONG, person, last=0))
    assert (await chief.act(number, "decide", **GRANTED)).done, "its last day counts"


async def test_a_district_keeps_the_register_of_its_points_and_no_two_grants_overlap(system: System) -> None:
    district, person = system.clerk(DATONG, "unit_administrator"), uuid4().hex
    civil_there = {"unit": SHANGYAO, "code": CIVIL, "name": "民政局"}
    assert (await district.post("/departments", civil_there)).status == 201
    assert (await district.post("/departments", civil_there)).status == 201, "it is there"
    other = await district.post("/departments", {**civil_there, "name": "民政所"})
    assert (other.status, other.code) == (422, "department_exists")

    body, key = grant(SHANGYAO, person), uuid4().hex
    granted = await district.post("/delegations", body, key)
    assert await district.post("/delegations", body, key) == granted, "the same key, the same answer"
    again = await district.post("/delegations", body)
    assert (again.status, again.code) == (422, "delegation_overlaps")
    listed = (await district.get("/delegations")).body["delegations"]
    assert [one["id"] for one in listed if one["person"] == person] == [granted.body["delegation"]["id"]]

    # The point's own service knows of it by Kafka alone.
    chief = system.clerk(SHANGYAO, "chief_representative", subject=person)
    number = await accepted(system, SHANGYAO)

    async def decide() -> Answer:
        return await chief.act(number, "decide", **GRANTED)

    decided = await until(decide, lambda answer: answer.code != "delegation_missing")
    assert decided.case["phase"] == "decided"
    await system.holds()


async def test_a_sign_is_hung_out_body_by_body_and_cases_are_told_apart_by_it(system: System) -> None:
    administrator, person, department = system.clerk(DATONG, "unit_administrator"), uuid4().hex, f"new-{uuid4().hex}"
    path, here = f"/departments/{DATONG}.{department}", {"unit": DATONG, "department": department}

    async def says(act: str, **body: object) -> Answer:
        return await administrator.post(f"{path}/{act}-representative", body)

    async def told() -> Body:
        listed = (await administrator.get("/chief-representatives", unit=DATONG)).body["bodies"]
        return next((one for one in listed if one["department"] == department), {})

    assert (await says("plan")).code == "department_unknown"
    assert (await administrator.post("/departments", {"unit": DATONG, "code": department, "name": "新部门"})).done
    assert await told() == {}, "it has not set out"
    assert (await says("plan")).body["department"]["standing"] == "preparing"
    item = {**ITEMS[1], "unit": DATONG, "code": f"new-{uuid4().hex}", "department": department, "item_version": 1}
    published = await system.clerk(DATONG, "catalogue_manager").post("/items", item)
    key = published.body["item"]["key"]
    assert (await says("install", person=person)).code == "no_grant_in_force"
    clerk = system.clerk(DATONG)
    before, after = [await received(clerk, key) for _ in range(2)]
    for number in (before, after):
        await done(clerk, number, "accept")
    await granting(administrator, {**grant(DATONG, person), **here, "items": [key]})
    assert (await told())["standing"] == "granted"
    hung = await says("install", person=person)
    assert (hung.status, hung.body["department"]["standing"]) == (201, "hung_out")
    assert (await says("install", person=person)).done, "the same again is nothing"
    assert (await says("install", person="second")).code == "representative_installed"
    chief = system.clerk(DATONG, "chief_representative", subject=person)
    await done(chief, after, "decide", **GRANTED)
    await done(clerk, after, "conclude", outcome="issued", on_the_spot=True)
    await done(clerk, before, "decide", **GRANTED)

    seen = await until(told, lambda one: one["cases_after"]["decided"] == 2 and one["cases_after"]["on_the_spot"] == 1)
    assert (seen["person"], seen["standing"]) == (person, "hung_out")
    today = local_day(datetime.now(UTC)).isoformat()
    assert seen["days"] == dict.fromkeys(("admitted", "preparing", "granted", "hung_out"), today)
    cases = seen["cases_after"]
    assert (cases["under_grant_share"], cases["on_the_spot_share"], cases["overdue_share"]) == (50.0, 50.0, 0.0)
    assert seen["cases_before"]["decided"] == 0
    assert seen["items"]["items"] == 1
    taken = await says("withdraw", reason="moved")
    assert (taken.body["department"]["standing"], (await says("withdraw", reason="moved")).code) == (
        "granted",
        "no_representative",
    )
    assert (await administrator.get("/chief-representatives", unit="349999")).code == "unit_unknown"
    # The city hears of it by Kafka alone, and has not all of its cases: it tells the days and no figures.
    city, portal = system.clerk(CITY), system.services["portal"].url

    async def there() -> list[tuple[str, Any, Any]]:
        bodies = (await city.get("/chief-representatives")).body["bodies"]
        found = [one for one in bodies if one["department"] == department]
        return [(one["standing"], one["cases_before"], one["cases_after"]) for one in found]

    await until(there, lambda found: found == [("granted", None, None)], 60)

    async def board() -> Body:
        answer = await system.http.get(f"{portal}/api/v1/dashboard/chief-representatives", params={"unit": DATONG})
        return next((one for one in answer.json()["bodies"] if one["department"] == department), {})

    def whole(one: Body) -> bool:
        return bool(one) and one["standing"] == "granted" and one["cases_after"] == cases

    everywhere = await until(board, whole, 60)
    assert "person" not in everywhere
    assert person not in json.dumps(everywhere)
    await system.holds()


async def test_a_grant_ends_with_the_last_instant_of_its_last_day(database: str, tmp_path: Path) -> None:
    chief = Actor("C01", TOWNSHIP, "market", frozenset({"chief_representative"}))
    week = DelegationGranted(
        unit=TOWNSHIP,
        department="market",
        person=chief.subject,
        items=(LICENCE,),
        powers=("decide_on_the_spot",),
        document="grant-2026-1",
        valid_from=date(2026, 3, 2),
        valid_to=date(2026, 3, 6),
    )
    async with office(database, tmp_path, "2026-03-02 09:00") as here:
        await here.publish("delegation/week", week)
        in_time, late = await here.receive(), await here.receive()
        for number in (in_time, late):
            await here.act(number, "accept")

        async def decide(number: str) -> None:
            await here.acts.perform("decide", number, chief, uuid4().hex, None, Decide(outcome="granted"))

        here.hands.at = instant("2026-03-06 23:59:59")
        await decide(in_time)
        assert (await here.events(in_time))[-1] == CaseDecided(outcome="granted", delegation="delegation/week")
        here.hands.at = instant("2026-03-07 00:00")
        before = await here.events(late)
        with pytest.raises(Refusal) as error:
            await decide(late)
        answer = problem(error.value)
        assert (answer.status, error.value.code) == (403, "delegation_expired")
        assert await here.events(late) == before
