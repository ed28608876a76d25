"""A peer as the bench sees it: a process that is told what to do, and a table in which its events must then be."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.harness import Bench, CannotMeasure, Opened
from tests.bench.peers.installing import BESIDE, node, node_packages, python_packages
from tests.bench.peers.telling import LONGEST, Done

ROOT = BESIDE.parents[2]
PATIENCE = 120
"""Seconds for one measurement, preparation included."""


@dataclass(frozen=True, slots=True)
class Store:
    """An event store of others. `count` asks its database how many events there are."""

    key: str
    name: str
    program: str
    count: str
    from_npm: bool


EMMETT = Store("emmett", "Emmett", "emmett.cjs", "select count(*) from emt_messages", True)
EVENTSOURCING = Store(
    "eventsourcing", "eventsourcing", "eventsourcing_recorder", "select count(*) from stored_events", False
)
MESSAGE_DB = Store("message_db", "message-db", "message_db", "select count(*) from message_store.messages", True)
STORES = (EMMETT, EVENTSOURCING, MESSAGE_DB)


class Peer:
    """A running one."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    async def heard(self) -> Mapping[str, Any]:
        """Its next line. Raises CannotMeasure with its last words when it ended instead."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise CannotMeasure(f"{self._log.stem} did not answer within {PATIENCE} s") from None
        if not line:
            last = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-2:]
            raise CannotMeasure(f"{self._log.stem} ended: {' / '.join(last)}")
        return json.loads(line)

    async def does(self, what: str, **told: object) -> Done:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **told}).encode() + b"\n")
        answer = await self.heard()
        return Done(answer["commands"], answer["seconds"], answer["written"])


@contextlib.asynccontextmanager
async def running(bench: Bench, program: str, dsn: str, *, from_npm: bool, **told: str) -> AsyncIterator[Peer]:
    """The program `program` of this folder; what it says of its configuration is noted below the table."""
    env = {**os.environ, "PEER_DSN": dsn, "PEER_LONGEST": str(LONGEST), **told}
    if from_npm:
        env["PEER_PACKAGES"] = str(await node_packages())
    if program.endswith(".cjs"):
        words = (node(), BESIDE / program)
    else:
        words = (await python_packages(), "-m", f"tests.bench.peers.{program}")
    log = bench.stack.state.folder / f"{Path(program).stem}.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *words, cwd=ROOT, env=env, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=out
        )
    try:
        peer = Peer(process, log)
        bench.note((await peer.heard())["configuration"])
        yield peer
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(20):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


class Measured:
    """A store of others at work in a database of its own, checked after each measurement."""

    def __init__(self, store: Store, peer: Peer, opened: Opened) -> None:
        self._store = store
        self._peer = peer
        self._opened = opened

    async def rate(self, what: str, callers: int, seconds: float, **told: object) -> float:
        """Commands a second. Raises CannotMeasure when what it acknowledged is not there."""
        before = await self._count()
        # A database that has run for a while knows its tables.
        await self._opened.pool.execute("analyze")
        done = await self._peer.does(what, callers=callers, seconds=seconds, **told)
        found = await self._count() - before
        if found != done.written:
            raise CannotMeasure(f"{self._store.name} acknowledged {done.written} events, {found} are there")
        return done.commands / done.seconds

    async def _count(self) -> int:
        return await self._opened.pool.fetchval(self._store.count)


@contextlib.asynccontextmanager
async def measured(bench: Bench, store: Store) -> AsyncIterator[Measured]:
    async with (
        bench.database((), size=1) as opened,
        running(bench, store.program, opened.dsn, from_npm=store.from_npm) as peer,
    ):
        yield Measured(store, peer, opened)
