"""The same act sent again is the same act."""

import asyncio
from uuid import uuid4

from tests.journeys.clerk import Answer, receipt
from tests.journeys.places import LUOHE, SHANGYAO
from tests.journeys.system import System

TIMES = 50


async def test_one_key_sent_fifty_times_at_once_makes_one_case_and_fifty_equal_answers(system: System) -> None:
    clerk, key = system.clerk(SHANGYAO), uuid4().hex
    await system.at_rest()
    before = {case["number"] for case in await clerk.listed("/worklist")}
    answers = await asyncio.gather(*(clerk.receive(key=key) for _ in range(TIMES)))
    assert answers == [answers[0]] * TIMES
    assert answers[0].body["query_code"]
    made = await clerk.listed("/worklist", after=answers[0].body["pos"])
    assert {case["number"] for case in made} - before == {answers[0].number}


async def test_one_key_on_one_act_of_a_case_fifty_times_is_one_event(system: System) -> None:
    clerk, key = system.clerk(SHANGYAO), uuid4().hex
    number = (await clerk.receive()).number
    answers = await asyncio.gather(*(clerk.act(number, "accept", key) for _ in range(TIMES)))
    assert answers == [answers[0]] * TIMES
    history = await clerk.get(f"/cases/{number}/history")
    assert [event["seq"] for event in history.body["events"]] == [1, 2]


async def test_a_key_that_comes_again_with_another_body_is_refused_and_nothing_is_written(system: System) -> None:
    clerk, key = system.clerk(SHANGYAO), uuid4().hex
    first = await clerk.receive(key=key)
    others: list[Answer] = [
        await clerk.post("/cases", receipt(channel="post"), key),
        await clerk.act(first.number, "accept", key),
        await clerk.act((await clerk.receive()).number, "accept", key),
    ]
    assert {(other.status, other.code) for other in others} == {(422, "key_reused")}
    history = await clerk.get(f"/cases/{first.number}/history")
    assert len(history.body["events"]) == 1
    assert (await clerk.receive(key=key)) == first


async def test_one_key_in_two_units_is_two_acts(system: System) -> None:
    key = uuid4().hex
    here, there = system.clerk(SHANGYAO), system.clerk(LUOHE)
    assert (await here.receive(key=key)).number != (await there.receive(key=key)).number
    await system.holds()
