"""Running a service's loops together, and stopping them in the order in which data flows."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

log = structlog.get_logger(__name__)
YOUNG = 50_000
"""Objects after which the collector looks for circles among the new ones. At Python's 700 a service under load looked
every few acts, and through all that it remembers every few hundred: a sixth of an act's processor time (measured)."""
Loop = Callable[[], Awaitable[None]]


class Stopped(Exception):
    """A loop ended that should run for ever; the service stops, because it would only look alive."""


async def run_together(stages: Sequence[Mapping[str, Loop]], stop: asyncio.Event, begin_stop: Loop) -> None:
    """Run all loops until `stop` is set or one of them ends.

    Then `begin_stop` is awaited (no new requests, those in flight are answered), and the stages are cancelled one after
    another, each awaited before the next: what takes in goes first, what sends out last. Raises Stopped.
    """
    # What a service is made of stays: without this every full collection looks through all modules again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    running = [{asyncio.create_task(_named(name, loop), name=name) for name, loop in stage.items()} for stage in stages]
    everything = {task for stage in running for task in stage}
    stopping = asyncio.create_task(stop.wait())
    ended, _ = await asyncio.wait({*everything, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    log.info("stopping", because="asked to" if stop.is_set() else [task.get_name() for task in ended])
    await begin_stop()
    for stage in running:
        for task in stage:
            task.cancel()
        await asyncio.gather(*stage, return_exceptions=True)
    log.info("stopped")
    for task in everything:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise Stopped(task.get_name()) from error


async def _named(name: str, loop: Loop) -> None:
    try:
        await loop()
    except BaseException as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError):
            if task is not None and task.cancelling():
                raise
            error = Stopped("cancelled, and nobody asked for it")
        log.critical("loop_ended", loop=name, error=f"{type(error).__name__}: {error}", exc_info=error)
        raise error


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT set `stop`; a second one does nothing more."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
