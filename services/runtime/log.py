"""The log: append by group commit, and read.

Requests queue; one flusher writes a batch in one transaction, each draft with its own compare-and-set on the hash of
its stream's head and its own idempotency key. A draft that loses fails alone. One draft per stream and per command in a
batch; the next one waits for the next batch.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from services.runtime import companion
from services.runtime.database import DATABASE_AWAY, SESSION_LOST
from services.runtime.lately import kinds
from services.runtime.row import Draft
from services.runtime.statements import statement
from services.runtime.tide import Tide

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool, PoolConnectionProxy

BATCH = 1024
COPY_FROM = 48
"""Rows from which claim and COPY beat one statement over arrays (measured, `make bench`)."""
ACQUIRE_SECONDS = 30
COLUMNS = [
    "pos", "stream", "seq", "epoch", "term", "holder", "type", "unit", "actor", "time", "recorded", "command", "value",
    "prev", "hash", "topic", "mac",
]  # fmt: skip


class HeadMoved(Exception):
    """Somebody else extended the stream since it was read: read again, decide again."""


class CommandSeen(Exception):
    """This command was appended before; its first result is the answer."""


class NotTheHolder(Exception):
    """The stream's head is held by another unit: a stale writer. The runtime's own fence, below casework's."""


class Fenced(Exception):
    """A higher epoch of this case was read of; what is written under the old one would be superseded."""


class NotWritable(Exception):
    """The service may not write now; the text says why and what it waits for (protocol B2, B4)."""


class Unanswered(Exception):
    """The database went away; whether the batch was committed is unknown. The same key gives the right answer."""


VERDICTS: dict[int, type[Exception]] = {1: HeadMoved, 2: CommandSeen, 3: NotTheHolder, 4: Fenced}


WRITING_AWAY = (*DATABASE_AWAY, NotWritable, Unanswered)
"""What a loop that writes waits for and tries again."""


class Appended(NamedTuple):
    """Positions of the first and last row of the draft."""

    first: int
    last: int


@dataclass(slots=True)
class _Waiting:
    draft: Draft
    done: "asyncio.Future[Appended]"


class Log:
    """One per process. `run` must be running for `append` to answer."""

    def __init__(self, pool: "Pool[Record]", tide: Tide) -> None:
        self.pool = pool
        self.tide = tide
        self.closed_because: str | None = "starting"
        self._queue: deque[_Waiting] = deque()
        self._work = asyncio.Event()
        self._stopping = False
        self._batch: list[_Waiting] = []
        self._flushed = asyncio.Event()
        self._connection: PoolConnectionProxy[Record] | None = None

    def open(self) -> None:
        """From now on it takes drafts."""
        self.closed_because = None

    def close(self, because: str) -> None:
        """Takes no drafts any more; those that wait are still written."""
        self.closed_because = because

    def must_be_open(self) -> None:
        """Raises NotWritable. What is read after this call is of the life in which it will be written: a restored
        database has read back what it had said."""
        if self.closed_because is not None:
            raise NotWritable(self.closed_because)

    def append(self, draft: Draft) -> "asyncio.Future[Appended]":
        """Write the draft's rows, all or none; done when they are durable. No task stands behind it, so that a thousand
        at once cost no thousand tasks.

        Raises HeadMoved, CommandSeen, NotTheHolder, Fenced, NotWritable, Unanswered, and PostgreSQL's own error for
        a draft that it refuses.
        """
        self.must_be_open()
        waiting = _Waiting(draft, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._work.set()
        return waiting.done

    async def settled(self) -> None:
        """Return when every draft that was brought before this call is written or has failed."""
        before = {id(waiting) for waiting in (*self._batch, *self._queue)}
        while before & {id(waiting) for waiting in (*self._batch, *self._queue)}:
            await self._flushed.wait()

    async def run(self) -> None:
        """The flusher. Cancelling it finishes the batch in hand and what is queued."""
        self._stopping = False
        flusher = asyncio.ensure_future(self._flush_all())
        try:
            await asyncio.shield(flusher)
        except asyncio.CancelledError:
            self.close("stopping")
            self._stopping = True
            self._work.set()
            await flusher
            raise

    async def _flush_all(self) -> None:
        try:
            while self._queue or not self._stopping:
                await self._work.wait()
                self._work.clear()
                while batch := self._take():
                    self._batch = batch
                    await self._flush(batch)
                    self._batch = []
                    self._flushed.set()
                    self._flushed = asyncio.Event()
        finally:
            self._batch = []
            _fail(self._queue, Unanswered("the flusher ended"))
            self._queue.clear()
            self._flushed.set()
            await self._let_go()

    async def _flush(self, batch: "list[_Waiting]") -> None:
        try:
            base, lost = await self._write([w.draft for w in batch])
        except Exception as error:
            if isinstance(error, SESSION_LOST):
                await self._let_go()
                _fail(batch, Unanswered(str(error)))
            elif len(batch) == 1:
                _fail(batch, error)
            else:
                # One draft that the database refuses must not take the others with it: write them one by one.
                for waiting in batch:
                    await self._flush([waiting])
        else:
            self._answer(batch, base, lost)

    async def _connected(self) -> "PoolConnectionProxy[Record]":
        """The flusher's own connection: it never waits behind readers, nor for a reset between two batches."""
        dead = 0
        while self._connection is None:
            self._connection = await self.pool.acquire(timeout=ACQUIRE_SECONDS)
            try:
                await self._connection.execute(statement("log/session"))
            except Exception as error:
                # The database was away while this one lay idle, like others of the pool: nothing was asked of it yet.
                await self._let_go()
                dead += 1
                if dead > self.pool.get_max_size() or not isinstance(error, SESSION_LOST):
                    raise
        return self._connection

    async def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(*DATABASE_AWAY):
                await self.pool.release(connection, timeout=ACQUIRE_SECONDS)

    def _answer(self, batch: "list[_Waiting]", base: int, lost: dict[int, int]) -> None:
        """First to those who follow: what is on its way to others is there sooner, and the answer hardly later."""
        winners = (waiting.draft for number, waiting in enumerate(batch, 1) if number not in lost)
        rows = [(row, draft.topic) for draft in winners for row in draft.rows]
        self.tide.fill(base, base + len(rows), kinds(rows), rows)
        pos = base
        for number, waiting in enumerate(batch, 1):
            verdict = lost.get(number)
            if verdict is not None:
                _fail([waiting], VERDICTS[verdict](waiting.draft.stream))
                continue
            first, pos = pos + 1, pos + len(waiting.draft.rows)
            if not waiting.done.done():
                waiting.done.set_result(Appended(first, pos))

    def _take(self) -> "list[_Waiting]":
        """At most BATCH drafts, no two of one stream or one command; the others keep their places."""
        batch: list[_Waiting] = []
        later: list[_Waiting] = []
        streams: set[str] = set()
        commands: set[bytes] = set()
        while self._queue and len(batch) < BATCH:
            waiting = self._queue.popleft()
            draft = waiting.draft
            if draft.stream in streams or draft.command in commands:
                later.append(waiting)
                continue
            streams.add(draft.stream)
            commands.add(draft.command)
            batch.append(waiting)
        self._queue.extendleft(reversed(later))
        return batch

    async def _write(self, drafts: list[Draft]) -> tuple[int, dict[int, int]]:
        """The position before the batch, and the verdict of each draft that lost, by its number from 1."""
        connection = await self._connected()
        if len(drafts) == 1 and len(drafts[0].rows) == 1 and not drafts[0].companions:
            (one,) = drafts
            answer = await connection.fetchrow(statement("log/append_one"), *one.rows[0], one.topic, one.mac)
            assert answer is not None
            return answer["base"], {} if answer["verdict"] is None else {1: answer["verdict"]}
        claims = list(
            zip(
                *((d.stream, d.prev, d.unit, d.rows[0].epoch, d.command, len(d.rows)) for d in drafts),
                strict=True,
            )
        )
        companions = [c for d in drafts for c in d.companions]
        rows = sum(len(d.rows) for d in drafts)
        if not companions and rows < COPY_FROM:
            answer = await connection.fetchrow(statement("log/append"), *claims, *_columns(drafts))
            assert answer is not None
            return answer["base"], dict(zip(answer["losers"] or (), answer["verdicts"] or (), strict=True))
        async with connection.transaction():
            return await self._claim_and_copy(connection, drafts, claims)

    async def _claim_and_copy(
        self, connection: "PoolConnectionProxy[Record]", drafts: list[Draft], claims: list[tuple[object, ...]]
    ) -> tuple[int, dict[int, int]]:
        answer = await connection.fetchrow(statement("log/claim"), *claims)
        assert answer is not None
        base: int = answer["base"]
        lost: dict[int, int] = dict(zip(answer["losers"] or (), answer["verdicts"] or (), strict=True))
        winners = [d for number, d in enumerate(drafts, 1) if number not in lost]
        await connection.copy_records_to_table("log", records=records(base, winners), columns=COLUMNS)
        await companion.write(connection, (c for d in winners for c in d.companions))
        return base, lost


def records(base: int, drafts: Iterable[Draft]) -> list[tuple[object, ...]]:
    """The drafts' rows as COPY takes them, at consecutive positions after `base`."""
    pos = count(base + 1)
    return [(next(pos), *row, d.topic, d.mac) for d in drafts for row in d.rows]


def _columns(drafts: list[Draft]) -> Iterable[tuple[object, ...]]:
    return zip(*((i, *row, d.topic, d.mac) for i, d in enumerate(drafts, 1) for row in d.rows), strict=True)


def _fail(batch: "Iterable[_Waiting]", error: Exception) -> None:
    for waiting in batch:
        if not waiting.done.done():
            waiting.done.set_exception(error)
