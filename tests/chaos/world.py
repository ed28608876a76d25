"""The system that faults come over: each program has a link, a clock and crash points of its own, each server a disk of
its own, and whatever ends is started again unless a fault holds it down."""

import asyncio
import contextlib
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from deploy.local import LocalError, Stack
from deploy.local.ports import free_port
from deploy.local.processes import end, marked, spawn
from services.runtime.issuer import issue
from services.runtime.tokens import Actor
from tests.chaos.brokers import Brokers
from tests.chaos.crash_points import DIED, TRIGGER
from tests.chaos.faults.clock import OFFICE_TIME
from tests.chaos.faults.disk import Disk
from tests.chaos.faults.network import ASKS_FROM
from tests.chaos.journal import Journal
from tests.chaos.namespace import faketime
from tests.chaos.schedule import SERVERS, SERVICES
from tests.journeys.places import CITY
from tests.journeys.system import System

LOOK_EVERY = 0.2
AGAIN_AFTER = 1.5
"""Seconds until what ended by itself is started again."""
TOKENS = timedelta(days=3)
"""Before and after now: whatever a service's clock says, its clerks are signed in."""
DISK_MIB = 4096


FAR_OFF = 4 * 86400
"""Seconds; more than any fault of a clock."""


class World(System):
    """`restored`, `lost`, `injected` and `clusters_replaced` are for the evidence: what was done that explains what is
    found. `lost`, `injected`: SHA-256 of records, in hex.

    `folder` is for what it needs while it runs; `out` gets `faults.jsonl` and all logs, those of the servers when it
    ends. Only in a namespace.
    """

    def __init__(self, folder: Path, out: Path, brokers: int = 1) -> None:
        self.folder = folder
        folder.chmod(0o711)  # PostgreSQL's user passes through
        self._disks = {name: Disk(folder / "disks" / name, DISK_MIB) for name in SERVERS}
        paths = {name: disk.path for name, disk in self._disks.items()}
        stack = Stack(folder / "stack", links=SERVICES, direct=True, disks=paths)
        if brokers > 1:
            stack.kafka = Brokers(stack.state, SERVICES, lambda words: None, paths["kafka"])
        super().__init__(stack, folder, "chaos", over=None)
        for tier, service in self.services.items():
            service.log = out / f"{tier}.log"
        self._out = out
        self.journal = Journal(out / "faults.jsonl")
        self.restored: list[dict[str, Any]] = []
        self.injected: set[str] = set()
        self.lost: set[str] = set()
        self.found: list[tuple[str, str, str]] = []
        """What did not hold already while the faults came: code, words, service."""
        self.clusters_replaced = False
        self.held: Counter[str] = Counter()
        self.alone = {server: asyncio.Lock() for server in SERVERS}
        self.ports = {tier: service.port for tier, service in self.services.items()}
        """Where each program listens now; its clients always call `service.port`."""
        self.spare = {tier: free_port() for tier in self.services}
        self._keeping: asyncio.Task[None] | None = None
        self._may_start: dict[str, float] = {}

    async def __aenter__(self) -> "World":
        try:
            await asyncio.to_thread(self._start_servers)
        except BaseException:
            await self.__aexit__()
            raise
        for tier in self.services:
            self.clock(tier)
        await super().__aenter__()
        self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Kill everything: nothing that it has is wanted any more."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        await self.http.aclose()
        await asyncio.to_thread(self._end)

    def _start_servers(self) -> None:
        for disk in self._disks.values():
            disk.mount()
        self.stack.start()

    def _end(self) -> None:
        try:
            end(list(marked(self.stack.state.kept.mark)), signal.SIGKILL, 10)
            for service in self.services.values():
                if service.process is not None:
                    service.process.wait()
        finally:
            self.stack.stop()
            for disk in self._disks.values():
                disk.unmount()
            shutil.rmtree(self.stack.state.outside, ignore_errors=True)
            for log in self.stack.state.folder.glob("*.log"):
                shutil.copy(log, self._out)
            self.journal.close()

    def disk(self, server: str) -> Disk:
        return self._disks[server]

    async def _seed(self) -> None:
        """As ever, and a published calendar in which tomorrow is a holiday."""
        await super()._seed()
        days = [datetime.now(OFFICE_TIME).date() + timedelta(days=n) for n in (1, 2)]
        for year in {day.year for day in days}:
            marks = [_holiday(day) for day in days[:1] if day.year == year]
            calendar = {"year": year, "calendar_version": f"{year}.1", "marks": marks, "source": "chaos"}
            published = await self.clerk(CITY, "unit_administrator").post("/calendars", calendar, f"calendar-{year}")
            assert published.done, published

    def _token(self, unit: str, roles: tuple[str, ...], subject: str) -> str:
        actor = Actor(subject, unit, None, frozenset(roles))
        return issue(self._issuer, actor, at=datetime.now(UTC) - TOKENS, lifetime=2 * TOKENS)

    # Programs

    def kafka(self, tier: str) -> str:
        return self.stack.kafka.bootstrap(tier)

    def command(self, tier: str) -> list[str]:
        program, *rest_ = super().command(tier)[2:]
        return [sys.executable, "-m", "tests.chaos.crash_points", program, *rest_]

    def environment(self, tier: str, **more: str) -> dict[str, str]:
        return {
            **super().environment(tier, **{"PORT": str(self.ports[tier]), **more}),
            TRIGGER: str(self.trigger(tier)),
            # A service whose clock is hours off and that is started again then: no start is refused for it here.
            "SANJI_CLOCK_TOLERANCE": str(FAR_OFF),
            "LD_PRELOAD": str(faketime()),
            "FAKETIME_TIMESTAMP_FILE": str(self._clock_file(tier)),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def listeners(self, tier: str, to: str) -> list[int]:
        """The ports of one of its links: `kafka`, `broker 2` of it, or `clients`."""
        if to == "clients":
            return [self.services[tier].port, self.spare[tier]]
        ports = [int(address.rpartition(":")[2]) for address in self.kafka(tier).split(",")]
        return [ports[int(to.removeprefix("broker ")) - 1]] if to.startswith("broker ") else ports

    def trigger(self, name: str) -> Path:
        """The file that names the point at which that program kills itself."""
        return self.folder / f"{name}.trigger"

    def died_at_point(self, name: str) -> bool:
        """Whether it did; asked once, and not armed any more."""
        self.trigger(name).unlink(missing_ok=True)
        died = self.trigger(name).with_suffix(DIED)
        found = died.exists()
        died.unlink(missing_ok=True)
        return found

    def clock(self, tier: str, seconds: int = 0) -> None:
        """Set its clock by so many seconds, within a second, from its start on when it is not running."""
        draft = self._clock_file(tier).with_suffix(".new")
        draft.write_text(f"{seconds:+d}\n")
        draft.replace(self._clock_file(tier))

    def _clock_file(self, tier: str) -> Path:
        return self.folder / f"{tier}.clock"

    @contextlib.contextmanager
    def down(self, name: str) -> Iterator[None]:
        """What of this service or server ends meanwhile is not started again before the end."""
        self.held[name] += 1
        try:
            yield
        finally:
            self.held[name] -= 1

    async def kill(self, tier: str) -> None:
        """Kill it as it stands; whatever it was, it is dead when this returns."""
        process = self.services[tier].process
        if process is not None:
            process.kill()
            await asyncio.to_thread(process.wait)

    def beside(self, tier: str) -> tuple[subprocess.Popen[bytes], int]:
        """A second process of it, and its port: of its two the one that the first process has not got."""
        service = self.services[tier]
        port = self.spare[tier] if self.ports[tier] == service.port else service.port
        return spawn(self.command(tier), service.log, env=self.environment(tier, PORT=str(port))), port

    async def answers(self, tier: str, port: int | None = None) -> dict[str, Any]:
        """What /readyz says on that port, else on its own; empty while nothing answers."""
        url = f"http://127.0.0.1:{port or self.ports[tier]}/readyz"
        try:
            transport = httpx.AsyncHTTPTransport(local_address=ASKS_FROM)
            async with httpx.AsyncClient(transport=transport, timeout=3) as client:
                return (await client.get(url)).json()
        except (httpx.TransportError, ValueError, AttributeError):
            # AttributeError: anyio asks the socket of a connection that was reset while it opened.
            return {}

    async def _keep(self) -> None:
        """As an init system does."""
        starting: dict[str, asyncio.Task[None]] = {}
        while True:
            for tier, service in self.services.items():
                process = service.process
                if process is not None and process.poll() is not None and not self.held[tier] and self._may(tier):
                    self.journal.note("ended", target=tier, code=process.returncode)
                    self.spawn(tier)
            for server in SERVERS:
                running = starting.get(server)
                if running is None or running.done():
                    starting[server] = asyncio.create_task(self._start_server(server))
            await asyncio.sleep(LOOK_EVERY)

    async def _start_server(self, name: str) -> None:
        async with self.alone[name]:
            server = self.stack.postgres if name == "postgres" else self.stack.kafka
            if server.pid is not None or self.held[name] or not self._may(name):
                return
            self.journal.note("ended", target=name)
            try:
                await asyncio.to_thread(server.start)
            except LocalError as error:
                self.journal.note("does_not_start", target=name, why=str(error)[-400:])

    def _may(self, name: str) -> bool:
        """Not more often than every so many seconds."""
        if time.monotonic() < self._may_start.get(name, 0):
            return False
        self._may_start[name] = time.monotonic() + AGAIN_AFTER
        return True


def _holiday(day: date) -> dict[str, object]:
    return {"day": day.isoformat(), "work": False, "name": "休"}
