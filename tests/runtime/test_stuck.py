"""A test that never ends says where it waits."""

import asyncio

from tests.stuck import waits


async def test_a_task_is_shown_down_to_what_it_waits_for() -> None:
    never = asyncio.Event()

    async def clerk() -> None:
        await paper()

    async def paper() -> None:
        await never.wait()

    task = asyncio.create_task(clerk(), name="the clerk")
    await asyncio.sleep(0)
    said = waits([task])
    task.cancel()
    first, *rest = said.splitlines()
    assert first == "Task the clerk"
    assert [line.rpartition(" ")[2] for line in rest] == ["clerk", "paper", "wait"]
