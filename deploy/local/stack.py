"""PostgreSQL and Kafka together, in one state folder."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.state import State


class Stack:
    """The servers of one state folder.

    `links` names further Kafka listeners, each to be reached through `kafka.proxy(link)` only, so that one
    service's link can be cut; when they are `direct`, without it. `disks`: folders for the data of `postgres` and
    `kafka`. `step` hears what is being done, in words for whoever waits.
    """

    def __init__(
        self,
        folder: Path,
        *,
        links: Sequence[str] = (),
        direct: bool = False,
        disks: Mapping[str, Path] | None = None,
        settings: Mapping[str, str] | None = None,
        step: Callable[[str], None] = lambda words: None,
    ) -> None:
        self.state = State(folder)
        self._abandoned = threading.Event()
        self._say = step
        disks = disks or {}
        self.postgres = Postgres(self.state, self._step, disk=disks.get("postgres"), settings=settings)
        self.kafka = Kafka(self.state, links, self._step, direct=direct, disk=disks.get("kafka"))

    def _step(self, words: str) -> None:
        if self._abandoned.is_set():
            raise InterruptedError("The start was given up.")
        self._say(words)

    def start(self) -> None:
        """Set up what is missing and start both servers; returns when both answer.

        Servers that a killed holder left behind are stopped first. When anything fails, also Ctrl-C, what was
        started is stopped. Raises AlreadyRunning, NotUsable, StartFailed.
        """
        self.state.hold()
        try:
            self.end_orphans()
            self.kafka.prepare()
            self.kafka.launch()
            self.postgres.prepare()
            self.postgres.start()
            self.kafka.wait()
        except BaseException:
            self.stop()
            raise

    def end_orphans(self) -> None:
        """Stop the servers that a killed holder of the folder left behind. For who holds the folder."""
        self.kafka.end_orphans()
        self.postgres.end_orphans()

    def stop(self) -> None:
        """Stop both servers and let the folder go; nothing this stack started runs afterwards."""
        try:
            self.kafka.stop()
        finally:
            try:
                self.postgres.stop()
            finally:
                if self.state.held:
                    # an interrupt may have come between the birth of a server and our note of it
                    self.end_orphans()
                    self.state.release()

    def discard(self) -> None:
        """Stop, and delete the folder with everything in it."""
        self.stop()
        shutil.rmtree(self.state.outside, ignore_errors=True)
        shutil.rmtree(self.state.folder)

    def __enter__(self) -> "Stack":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> "Stack":
        starting = asyncio.ensure_future(asyncio.to_thread(self.start))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            self._abandoned.set()
            await asyncio.wait([starting])
            await asyncio.to_thread(self.stop)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)
