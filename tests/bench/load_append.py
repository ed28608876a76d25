"""A stream of ten events (8 to 12) is read and folded, then the event that follows is appended under the head that was
read: our command against others' event stores.

Ours is the services' own path with nothing remembered: the statement that reads a stream, casework's fold, a decision
on the folded state, a sealed chain. Theirs read, parse and count the events and decide nothing; they hold records of
ours.
"""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256

from contracts import case as c
from contracts.events import Event
from services.casework.case import Case
from services.office.case_fold import CaseFold
from services.runtime.commands import Commands, Decided, Order
from services.runtime.fold import Loaded
from services.runtime.log import COLUMNS, Log, records
from services.runtime.row import Draft, Row, write_row
from services.runtime.tide import Tide
from tests.bench.against_peers import CALLERS, check, ours_of, row, seconds, theirs_of
from tests.bench.harness import Bench, Opened, Side, settled
from tests.bench.history import MORNING, SEALED, TOWNSHIP
from tests.bench.peers.peer import STORES, Store, measured
from tests.bench.peers.telling import Streams
from tests.bench.peers.telling import check as check_length

STARTED, COMPLETED = c.StepStarted(step="review"), c.StepCompleted(step="review", outcome="done")
PAST: tuple[Event, ...] = (
    c.CaseReceived(item="birth-certificate", item_version=1, channel="window", applicant=SEALED),
    c.CaseAccepted(accepted_on=MORNING.date()),
    *(STARTED, COMPLETED) * 3,
)
STREAMS = 600
"""Prepared ones at the beginning of each measurement, which ends early when all are used up."""
LENGTH = "select count(*) from log"
_SERIALS = itertools.count(1)


@contextlib.asynccontextmanager
async def sides(bench: Bench, store: Store) -> AsyncIterator[tuple[Side, Side]]:
    many = seconds(bench)
    streams = int(STREAMS * many / 0.6)
    past = [row.value.decode() for row in next(_cases()).rows]
    async with measured(bench, store) as peer, bench.database() as opened:
        log = Log(opened.pool, Tide())
        log.open()
        flusher = asyncio.ensure_future(log.run())
        window = Window(log, opened, streams)

        async def ours() -> list[float]:
            return ours_of([await window.rate(callers, many) for callers in CALLERS])

        async def reference() -> list[float]:
            told = {"event": past[-2], "history": past, "streams": streams}
            return theirs_of([await peer.rate("load_append", callers, many, **told) for callers in CALLERS])

        try:
            yield ours, reference
        finally:
            flusher.cancel()
            await asyncio.wait([flusher])


class Window:
    """Ours: cases that wait at a window, and the commands of those who work there."""

    def __init__(self, log: Log, opened: Opened, streams: int) -> None:
        self._opened = opened
        self._wanted = streams
        self._commands: Commands[Case] = Commands(log, CaseFold(), _nothing_sealed, remembered=0)
        self._free = Streams()

    async def rate(self, callers: int, many: float) -> float:
        """Commands a second of so many callers."""
        await self._prepare()
        before = await self._opened.pool.fetchval(LENGTH)
        await self._opened.pool.execute("analyze log")
        settled()
        begun = time.perf_counter()
        until = begun + many

        async def caller() -> int:
            done = 0
            while time.perf_counter() < until and (taken := self._free.take()):
                await self._act(*taken)
                done += 1
            return done

        done = sum(await asyncio.gather(*(caller() for _ in range(callers))))
        took = time.perf_counter() - begun
        check(done, await self._opened.pool.fetchval(LENGTH) - before)
        return done / took

    async def _act(self, stream: str, length: int) -> None:
        def decide(loaded: Loaded[Case] | None) -> Decided:
            assert loaded is not None
            check_length(loaded.seq, length, stream)
            return Decided([COMPLETED if loaded.state.open_steps else STARTED], datetime.now(UTC))

        command = sha256(f"{stream}:{length}".encode()).digest()
        await self._commands.perform(Order(stream, TOWNSHIP, "A01", command, None, "township.events", decide))
        self._free.extended(stream, length + 1)

    async def _prepare(self) -> None:
        drafts = list(itertools.islice(_cases(), max(0, self._wanted - len(self._free))))
        rows = sum(len(draft.rows) for draft in drafts)
        async with self._opened.pool.acquire() as connection, connection.transaction():
            # As the flusher does: positions are given out under the head's lock.
            head: int = await connection.fetchval("select pos from log_head for update")
            await connection.copy_records_to_table("log", records=records(head, drafts), columns=COLUMNS)
            await connection.execute("update log_head set pos = $1", head + rows)
        self._free.add([draft.stream for draft in drafts], len(PAST))


def _cases() -> Iterator[Draft]:
    """That nobody gave before, each with PAST."""
    for serial in _SERIALS:
        stream = f"{TOWNSHIP}-20261123-{serial:08d}"
        rows: list[Row] = []
        for seq, event in enumerate(PAST, 1):
            time_ = MORNING + timedelta(minutes=seq)
            row_ = write_row(
                event, stream=stream, seq=seq, epoch=0, term=0, unit=TOWNSHIP, holder=TOWNSHIP, actor="A01",
                time=time_, recorded=time_, command=sha256(f"{stream}:{seq - 1}".encode()).digest(),
                prev=rows[-1].hash if rows else None,
            )  # fmt: skip
            rows.append(row_)
        yield Draft(stream, None, TOWNSHIP, rows[0].command, None, "township.events", tuple(rows))


async def _nothing_sealed(stream: str) -> bytes:
    raise LookupError(stream)


ROWS = tuple(row("load + append", store, None, partial(sides, store=store)) for store in STORES)
