"""A system of real processes for the rows that need it: only those programs that are measured keep running."""

import asyncio
import contextlib
import itertools
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from deploy.local.processes import spawn
from services.runtime.issuer import PUBLIC_FILE
from tests.bench.harness import Bench
from tests.journeys import rest
from tests.journeys.system import Service, System
from tests.journeys.waiting import until

NAMES = itertools.count(1)
PATIENCE = 120


@contextlib.asynccontextmanager
async def running(bench: Bench, *kept: str) -> AsyncIterator[System]:
    """A seeded system of which only these services go on. Derivations of query codes are as cheap as the settings
    allow: dear by design, they are made beside the acts and at a share of the time."""
    folder = Path(tempfile.mkdtemp(dir=bench.stack.state.folder))
    async with System(bench.stack, folder, f"bench{next(NAMES)}", over=None) as system:
        await system.at_rest()
        for name in system.services.keys() - set(kept):
            await system.stop(name)
        yield system


def issuer_keys(system: System) -> Path:
    """Of those who sign the system's tokens."""
    return next(iter(system.services.values())).log.parent / "issuer" / PUBLIC_FILE


async def at_rest(system: System, service: Service) -> None:
    """Return when this service has nothing left to do, so that it takes nothing from what is measured next."""
    await rest.at_rest([service], system.stack.kafka.bootstrap(), system.prefix, PATIENCE)


@contextlib.asynccontextmanager
async def beside(
    words: Sequence[str], log: Path, environment: Mapping[str, str], answers: Callable[[], Awaitable[bool]]
) -> AsyncIterator[None]:
    """One more program than the system has, from when it answers until it is not needed."""
    process = spawn(words, log, env=environment)

    async def ready() -> bool:
        if process.poll() is not None:
            raise AssertionError(await asyncio.to_thread(log.read_text))
        return await answers()

    try:
        await until(ready, bool, PATIENCE)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
