"""The township's link is cut: the township works on, and what it did goes out when the link is mended."""

import asyncio
import time
from itertools import cycle

import pytest

from tests.journeys.clerk import Clerk
from tests.journeys.places import ANCHENG, DATONG, LUOHE, SHANGYAO, SHUNGENG, TIANJIAAN
from tests.journeys.system import System
from tests.journeys.waiting import until

RECEIPTS, REFERRALS, AT_ONCE = 500, 100, 16
STOPS = 10.0
"""Seconds; it is less than two on a quiet machine."""
ABOVE = {SHANGYAO: DATONG, LUOHE: DATONG, SHUNGENG: TIANJIAAN, ANCHENG: TIANJIAAN}


async def work(clerks: dict[str, Clerk]) -> tuple[dict[str, set[str]], dict[str, set[str]], int]:
    """500 receipts, 100 of them referred: by unit those it holds and those it sent, and the last position."""
    held: dict[str, set[str]] = {unit: set() for unit in clerks}
    sent: dict[str, set[str]] = {unit: set() for unit in clerks}
    last = 0
    todo = iter(list(zip(range(RECEIPTS), cycle(clerks), strict=False)))

    async def counter() -> None:
        nonlocal last
        for at, unit in todo:
            done = await clerks[unit].receive()
            number = done.number
            if at < REFERRALS:
                done = await clerks[unit].act(number, "refer", to=ABOVE[unit], kind="forward_up", reason="route")
                assert done.case["custody"]["to"] == ABOVE[unit]
            (sent if at < REFERRALS else held)[unit].add(number)
            last = max(last, done.body["pos"])

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(counter())
    return held, sent, last


def numbers(cases: list[dict[str, str]]) -> set[str]:
    return {case["number"] for case in cases}


@pytest.mark.timeout(400)
async def test_a_township_without_link_answers_everything_and_all_arrives_when_it_is_back(system: System) -> None:
    assert system.link is not None
    clerks = {unit: system.clerk(unit) for unit in ABOVE}
    before = {unit: numbers(await clerk.listed("/worklist")) for unit, clerk in clerks.items()}
    sent_before = {unit: numbers(await clerk.listed("/inbox", which="sent")) for unit, clerk in clerks.items()}
    await system.link.cut()
    try:
        held, sent, last = await work(clerks)
        for unit, clerk in clerks.items():
            assert numbers(await clerk.listed("/worklist", after=last)) == before[unit] | held[unit]
            waiting = await clerk.listed("/inbox", which="sent", after=last)
            assert numbers(waiting) == sent_before[unit] | sent[unit]
            assert not any(case["arrived"] for case in waiting if case["number"] in sent[unit])
        said = await until(lambda: system.status("township"), lambda said: said["relay"]["problem"])
        assert said["ready"], "the office is open, whatever its link does"
        assert said["positions"]["relay"] < last
        for unit in set(ABOVE.values()):
            offered = numbers(await system.clerk(unit).listed("/inbox"))
            assert not offered & set().union(*sent.values())
    finally:
        await system.link.mend()
    await system.holds()
    for unit, above in ABOVE.items():
        assert sent[unit] <= numbers(await system.clerk(above).listed("/inbox"))
        waiting = await clerks[unit].listed("/inbox", which="sent")
        assert all(case["arrived"] for case in waiting if case["number"] in sent[unit])


@pytest.mark.timeout(120)
async def test_a_township_without_link_can_be_stopped_and_what_it_did_goes_out_after_the_next_start(
    system: System,
) -> None:
    assert system.link is not None
    await system.link.cut()
    try:
        await until(lambda: system.status("township"), lambda said: said["relay"]["problem"])
        clerk = system.clerk(SHANGYAO)
        number = (await clerk.receive()).number
        await clerk.act(number, "refer", to=DATONG, kind="forward_up", reason="route")
        begun = time.monotonic()
        await system.stop("township")
        assert time.monotonic() - begun < STOPS
        said = system.services["township"].said()
        assert said.count("Unable connect to node") <= 2, "a library tells the same ten times a second"
    finally:
        await system.link.mend()
    await system.start("township")
    await system.holds()
    assert number in numbers(await system.clerk(DATONG).listed("/inbox"))
