"""The catalogue lives: windows propose, the government approves, and from that day cases are shorter; old ones stay."""

import asyncio
from uuid import uuid4

import pytest

from tests.journeys.clerk import Answer, Body, Clerk
from tests.journeys.fitting import done, new_item, received
from tests.journeys.places import CITY, DATONG, SHANGYAO, tier_of
from tests.journeys.system import System
from tests.journeys.waiting import until

FOREVER = "2199-12-31"


async def surely(clerk: Clerk, path: str, body: Body) -> Body:
    """What was written, sent twice with one key: the second time says the same."""
    key = uuid4().hex
    first = await clerk.surely(path, body, key)
    assert first.done, first
    again = await clerk.post(path, body, key)
    assert (again.status, again.body["pos"]) == (first.status, first.body["pos"])
    return next(value for name, value in first.body.items() if name != "pos")


async def refused(clerk: Clerk, path: str, body: Body) -> tuple[int, str | None]:
    answer = await clerk.post(path, body)
    return answer.status, answer.code


async def version_seen(clerk: Clerk, item: str, version: int) -> Body:
    """The item's versions, once the newest one is known here."""

    async def look() -> Answer:
        return await clerk.get(f"/items/{item}/versions")

    seen = await until(look, lambda found: found.done and len(found.body["versions"]) >= version, 60)
    return seen.body


def line(found: Body, name: str, key: str) -> Body:
    """The row of this round, department or item."""
    return next(row for row in found[f"{name}s"] if row["key" if name == "item" else name] == key)


@pytest.mark.parametrize("unit", [CITY, DATONG])
async def test_a_round_of_clearance_becomes_the_items_next_version(system: System, unit: str) -> None:
    tier = tier_of(unit)
    manager, item, content = await new_item(system, tier)
    _, other, _ = await new_item(system, tier)
    clerk, mayor = system.clerk(unit), system.clerk(unit, "government_head")
    before = await received(clerk, item)

    opening = {"unit": unit, "name": "2026 年清理", "items": [item, other], "until": FOREVER}
    opened = await surely(manager, "/clearances", opening)
    assert (opened["stage"], opened["outstanding"]) == ("collecting", [item, other])
    path = f"/clearances/{opened['id']}"
    assert await refused(manager, "/clearances", opening) == (409, "item_in_clearance")
    revision = {**content, "item_version": 2, "ground": "另行修订"}
    assert await refused(manager, f"/items/{item}/revise", revision) == (409, "item_in_clearance")

    form = {"item": item, "committed_days": 4, "ground": "审查与签发合并", "drops": ["sign"]}
    unchanged = {"item": other, "committed_days": 10, "ground": "无可精简"}
    answered = await surely(clerk, f"{path}/proposals", {"window": "A-12", "forms": [form, unchanged]})
    assert (answered["outstanding"], answered["unreviewed"]) == ([], 2)
    first = answered["forms"][0]["answers"][0]["proposal"]
    back = {"proposal": first, "verdict": "sent_back", "comment": "请写明由谁审查"}
    await surely(manager, f"{path}/reviews", {"reviews": [back]})
    better = {**form, "days": [{"step": "review", "days": 4}], "ground": "由审批科一次审查"}
    answered = await surely(clerk, f"{path}/proposals", {"window": "A-12", "forms": [better]})
    second = answered["forms"][0]["answers"][0]["proposal"]
    assert await refused(manager, f"{path}/reviews", {"reviews": [back]}) == (422, "proposal_unknown")

    assert await refused(mayor, f"{path}/approve", {"document": "gov-2026-9"}) == (422, "proposals_unreviewed")
    waiting = [second, answered["forms"][1]["answers"][0]["proposal"]]
    agreed = [{"proposal": proposal, "verdict": "agreed"} for proposal in waiting]
    await surely(manager, f"{path}/reviews", {"reviews": agreed})
    assert await refused(manager, f"{path}/publish", {}) == (409, "clearance_closed")
    await surely(mayor, f"{path}/approve", {"document": "gov-2026-9"})
    published = await surely(manager, f"{path}/publish", {})
    assert (published["stage"], published["versions"]) == ("published", 1)

    after = await received(clerk, item)
    assert [(await clerk.case(number)).case["item_version"] for number in (before, after)] == [1, 2]
    shown = (await version_seen(clerk, item, 2))["versions"]
    assert [(one["item_version"], one["in_force"]) for one in shown] == [(1, False), (2, True)]
    assert [[step["code"] for step in one["steps"]] for one in shown] == [["review", "sign"], ["review"]]
    assert (shown[1]["clearance"], shown[1]["valid_from"]) == (opened["id"], published["valid_from"])
    assert [one["zh"] for one in shown[1]["disclosures"]] == [
        *("服务内容", "办事程序", "政策依据", "申报材料", "承诺时限", "收费标准"),
    ]
    below = system.clerk(SHANGYAO)
    assert (await version_seen(below, item, 2))["versions"] == shown, "the township reads the same"

    for number, at_once in ((before, False), (after, True)):
        await done(clerk, number, "accept")
        await done(clerk, number, "decide", outcome="granted")
        await done(clerk, number, "conclude", outcome="issued", on_the_spot=at_once)

    async def re_engineering() -> Body:
        return (await clerk.get("/items/re-engineering")).body

    found = await until(re_engineering, lambda seen: line(seen, "item", item)["concluded"] == 2, 30)
    mine = line(found, "item", item)
    assert (mine["steps_before"], mine["steps_after"], mine["days_before"], mine["days_after"]) == (2, 1, 10, 4)
    assert (mine["on_the_spot"], mine["on_the_spot_rate"], mine["illustrative"]) == (1, 50.0, False)
    this = line(found, "clearance", opened["id"])
    assert (this["items"], this["re_engineered"], this["share"]) == (2, 1, 50.0)
    await system.holds()


async def test_a_retired_item_takes_no_new_case_and_running_ones_go_on(system: System) -> None:
    manager, item, content = await new_item(system, "city")
    clerk = system.clerk(CITY)
    running = await received(clerk, item)
    assert item in await offered(clerk, CITY)
    await surely(manager, f"/items/{item}/retire", {"ground": "并入其他事项"})
    answer = await clerk.receive(item)
    assert (answer.status, answer.code) == (422, "item_retired")
    assert item not in await offered(clerk, CITY)
    revision = {**content, "item_version": 2, "ground": "恢复"}
    assert await refused(manager, f"/items/{item}/revise", revision) == (422, "item_retired")
    for act, body in (("accept", {}), ("decide", {"outcome": "granted"}), ("conclude", {"outcome": "issued"})):
        await done(clerk, running, act, **body)


async def offered(clerk: Clerk, unit: str) -> set[str]:
    """Keys of what is in this unit's catalogue today."""
    return {one["key"] for one in (await clerk.get("/items", unit=unit)).body["items"]}


async def test_two_revisions_at_once_make_one_version(system: System) -> None:
    """The second is decided on what the first wrote, however close together they come."""
    manager, item, content = await new_item(system, "city")
    bodies = [{**content, "item_version": 2, "ground": "修订", "committed_days": days} for days in (4, 5, 6, 7)]
    answers = await asyncio.gather(*(manager.post(f"/items/{item}/revise", body) for body in bodies))
    assert sorted(answer.status for answer in answers) == [201, 422, 422, 422]
    assert len((await manager.get(f"/items/{item}/versions")).body["versions"]) == 2
