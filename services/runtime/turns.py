"""How a loop of a service goes on for ever: what is away is waited for, what fails is said and tried again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog

from services.runtime.database import DATABASE_AWAY

log = structlog.get_logger(__name__)
FIRST_WAIT, AWAY_WAIT, FAILED_WAIT = 0.1, 5.0, 30.0
"""Seconds between tries: the first, doubled each time, and the longest while something is away or fails."""


async def take_turns(
    loop: str, turn: Callable[[], Awaitable[object]], away: tuple[type[Exception], ...] = DATABASE_AWAY
) -> NoReturn:
    """Take one turn after another until cancelled; a turn ends by waiting for something to do.

    A turn that raises one of `away` is taken again; one that raises anything else too, because a loop that ends, or
    passes over what it cannot do, would show what never was.
    """
    wait = FIRST_WAIT
    while True:
        try:
            await turn()
            wait, longest = FIRST_WAIT, 0.0
        except away as error:
            log.info("turn_waits", loop=loop, error=f"{type(error).__name__}: {error}")
            longest = AWAY_WAIT
        except Exception:
            log.exception("turn_failed", loop=loop)
            longest = FAILED_WAIT
        if longest:
            await asyncio.sleep(wait)
            wait = min(wait * 2, longest)
