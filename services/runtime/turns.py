"""How a loop of a service goes on for ever: what is away is waited for, what fails is said and tried again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog

from services.runtime.database import DATABASE_AWAY

log = structlog.get_logger(__name__)
FIRST_WAIT, AWAY_WAIT, FAILED_WAIT = 0.1, 5.0, 30.0
"""Seconds between tries: the first, doubled each time, and the longest while something is away or fails."""


def end_if_asked() -> None:
    """Raises CancelledError in a task that was cancelled and whose cancellation something swallowed.

    asyncpg and aiokafka may answer it with another error when their connection is lost at that very moment. Whoever
    then waits and tries again lives on for ever, and with him everybody who waits for his end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def take_turns(
    loop: str,
    turn: Callable[[], Awaitable[object]],
    away: tuple[type[Exception], ...] = DATABASE_AWAY,
    ends: tuple[type[Exception], ...] = (),
) -> NoReturn:
    """Take one turn after another until cancelled; a turn ends by waiting for something to do.

    A turn that raises one of `away` is taken again; one that raises anything else too, because a loop that ends, or
    passes over what it cannot do, would show what never was. Raises what is among `ends`.
    """
    wait = FIRST_WAIT
    while True:
        try:
            await turn()
            wait, longest = FIRST_WAIT, 0.0
        except ends:
            raise
        except away as error:
            log.info("turn_waits", loop=loop, error=f"{type(error).__name__}: {error}")
            longest = AWAY_WAIT
        except Exception:
            log.exception("turn_failed", loop=loop)
            longest = FAILED_WAIT
        if longest:
            end_if_asked()
            await asyncio.sleep(wait)
            wait = min(wait * 2, longest)
