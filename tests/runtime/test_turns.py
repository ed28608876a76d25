"""Loops that go on whatever fails, and end when they are asked to."""

import asyncio

import pytest

from services.runtime.turns import take_turns


async def test_what_is_away_or_fails_is_tried_again() -> None:
    raised: list[Exception] = [OSError("away"), ZeroDivisionError(), OSError("away again")]
    done = asyncio.Event()

    async def turn() -> None:
        if raised:
            raise raised.pop(0)
        done.set()
        await asyncio.Event().wait()

    loop = asyncio.create_task(take_turns("loop", turn))
    async with asyncio.timeout(10):
        await done.wait()
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_a_loop_whose_end_a_lost_connection_swallows_ends_all_the_same() -> None:
    begun = asyncio.Event()

    async def turn() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ConnectionResetError from None

    loop = asyncio.create_task(take_turns("loop", turn))
    await begun.wait()
    loop.cancel()
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await loop


async def test_what_ends_a_loop_is_raised() -> None:
    async def turn() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await take_turns("loop", turn, ends=(LookupError,))
