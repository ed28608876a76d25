"""Waiting for a state that another process reaches."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(look: Callable[[], Awaitable[T]], holds: Callable[[T], object], seconds: float = 60.0) -> T:
    """What `look` gives, as soon as it holds. Raises AssertionError with what was seen last."""
    ends, pause = time.monotonic() + seconds, 0.02
    while True:
        seen = await look()
        if holds(seen):
            return seen
        assert time.monotonic() < ends, f"after {seconds:.0f} s still: {str(seen)[:2000]}"
        await asyncio.sleep(pause)
        pause = min(pause * 2, 0.2)
