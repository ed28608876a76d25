"""Acts while an amended calendar has every open case looked at again: `python -m tests.bench.recompute [--cases N]`."""

import argparse
import asyncio
import itertools
import logging
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
import uvloop

from contracts.case import CaseReceived
from contracts.reference import CalendarAmended, DayMark
from deploy.local import Stack
from services.office.bodies import BODIES
from services.runtime.log import COLUMNS, records
from services.runtime.row import Draft, write_row
from tests.bench.harness import settled
from tests.bench.history import PAGE, SEALED
from tests.casework.dated import instant
from tests.casework.notices import published
from tests.lawclock.office import CLERK, Office, office
from tests.office.story import LICENCE, TOWNSHIP
from tests.runtime.logs import running

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

MONDAY, TUESDAY = "2026-03-02 09:00", "2026-03-03 10:00"
ACTS = 400
PAUSE = 0.01
"""Seconds between two acts: a clerk, not a load."""
KEYS = itertools.count(1)


def _received(many: int, at: datetime) -> Iterator[Draft]:
    event = CaseReceived(item=LICENCE, item_version=1, channel="window", applicant=SEALED)
    for serial in range(2, many + 1):
        stream = f"{TOWNSHIP}-20260302-{serial:08d}"
        command = sha256(stream.encode()).digest()
        row = write_row(
            event, stream=stream, seq=1, epoch=0, term=0, unit=TOWNSHIP, holder=TOWNSHIP, actor="A01", time=at,
            recorded=at, command=command, prev=None,
        )  # fmt: skip
        yield Draft(stream, None, TOWNSHIP, command, None, None, (row,))


async def _fill(pool: "Pool[Record]", many: int, at: datetime) -> None:
    pos: int = await pool.fetchval("select pos from log_head")
    drafts = _received(many, at)
    async with pool.acquire() as connection:
        while page := list(itertools.islice(drafts, PAGE)):
            await connection.copy_records_to_table("log", records=records(pos, page), columns=COLUMNS)
            pos += len(page)
            await connection.execute("update log_head set pos = $1", pos)
        await connection.execute("analyze log")


async def _act(here: Office, number: str) -> float:
    """Seconds that a clerk waits for one act."""
    serial = next(KEYS)
    name = "claim" if serial % 2 else "release"
    begun = time.perf_counter()
    await here.acts.perform(name, number, CLERK, f"bench-{serial}", None, BODIES[name]())
    return time.perf_counter() - begun


def _said(waits: Sequence[float]) -> str:
    ordered = sorted(waits)
    half, most = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    return f"{len(waits)} acts, p50 {half * 1000:.2f} ms, p99 {most * 1000:.2f} ms"


async def _left(here: Office) -> int:
    """Changes of the calendar for which not every case was looked at."""
    ended = await here.log.pool.fetchval("select count(*) filter (where done is not null) from recompute")
    return len(here.keeper.changes) - ended


async def _measure(dsn: str, folder: Path, many: int) -> None:
    async with office(dsn, folder, MONDAY) as here:
        pool, number = here.log.pool, await here.receive()
        async with running(here.recomputing):
            # The years that were published before there were any cases.
            while await _left(here):
                await here.log.tide.past(here.log.tide.pos, PAUSE)
        await _fill(pool, many, here.hands())
        begun = time.perf_counter()
        await here.seen()
        print(f"{many} open cases in the views after {time.perf_counter() - begun:.0f} s")
        await pool.execute("vacuum analyze deadline", timeout=600)
        settled()
        print(f"in a quiet office: {_said([await _act(here, number) for _ in range(ACTS)])}")
        here.hands.at = instant(TUESDAY)
        mark = DayMark(day=date(2026, 3, 4), work=False, name="flood")
        await here.amend(
            "calendar/2026",
            published(2026),
            CalendarAmended(calendar_version="2026.2", marks=(mark,), reason="flood"),
        )
        waits: list[float] = []
        begun = time.perf_counter()
        async with running(here.recomputing):
            while await _left(here):
                waits.append(await _act(here, number))
                await asyncio.sleep(PAUSE)
        took = time.perf_counter() - begun
        print(f"while all are looked at again: {_said(waits)}")
        row = await pool.fetchrow("select looked, moved, total from recompute order by pos desc limit 1")
        assert row is not None
        rate = row["looked"] / took
        print(f"{row['looked']} looked at, {row['moved']} journalled, in {took:.0f} s: {rate:.0f} a second")


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m tests.bench.recompute", description=__doc__)
    words.add_argument("--cases", type=int, default=1_000_000)
    many = words.parse_args().cases
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    folder = Path(tempfile.mkdtemp(prefix="sanji-bench-"))
    folder.chmod(0o711)
    stack = Stack(folder)
    try:
        stack.state.hold()
        stack.postgres.prepare()
        stack.postgres.start()
        uvloop.run(_measure(stack.postgres.create_database("recompute"), folder, many))
    finally:
        stack.discard()


if __name__ == "__main__":
    main()
