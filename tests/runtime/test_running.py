"""A service stops in order when it is asked to, and says so when one of its loops ended that should run for ever."""

import asyncio

import pytest

from services.runtime.running import Stopped, run_together


async def forever() -> None:
    await asyncio.Event().wait()


async def nothing() -> None:
    pass


async def test_asked_to_stop_each_stage_ends_before_the_next() -> None:
    ended: list[str] = []

    def loop(name: str) -> "Loop":
        return Loop(name, ended)

    stop = asyncio.Event()
    running = asyncio.ensure_future(run_together([{"in": loop("in")}, {"out": loop("out")}], stop, nothing))
    await asyncio.sleep(0)
    stop.set()
    await running
    assert ended == ["in", "out"]


class Loop:
    def __init__(self, name: str, ended: list[str]) -> None:
        self._name = name
        self._ended = ended

    async def __call__(self) -> None:
        try:
            await forever()
        finally:
            self._ended.append(self._name)


async def test_a_loop_that_fails_ends_the_service_with_an_error() -> None:
    async def fails() -> None:
        raise ValueError("no")

    with pytest.raises(Stopped, match="second"):
        await run_together([{"first": forever}, {"second": fails}], asyncio.Event(), nothing)


async def test_a_loop_that_was_cancelled_by_nobody_ends_the_service_with_an_error_too() -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    with pytest.raises(Stopped, match="second"):
        await run_together([{"first": forever}, {"second": cancelled}], asyncio.Event(), nothing)
