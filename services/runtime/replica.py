"""The replica: copies what others wrote into the log, one transaction a batch, the offsets read in the same one.

A batch that the database refuses is taken record by record.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg
import structlog

from services.runtime import claims
from services.runtime.arrivals import Dead, Record, Sorted, Sorter, Where
from services.runtime.batch import Batch, Messages, Taken, now_live, store
from services.runtime.branch import Place
from services.runtime.heads import Heads
from services.runtime.host import Host
from services.runtime.inserting import Copy, Insertion
from services.runtime.statements import statement
from services.runtime.tables import copies_of, write
from services.runtime.tide import Tide

if TYPE_CHECKING:
    from asyncpg import Record as Row
    from asyncpg.pool import Pool


log = structlog.get_logger(__name__)

AT_ONCE = 64
"""Records read before the loop goes round: some two milliseconds."""

REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError)
"""What the database says of a row, not of itself: trying again would give the same answer."""


class Replica:
    """`on_live` hears of streams whose live branch changed, `on_dead` of dead letters, both after the commit."""

    def __init__(
        self,
        pool: "Pool[Row]",
        tide: Tide,
        host: Host,
        messages: Messages,
        *,
        on_live: Callable[[Collection[str]], None] = lambda streams: None,
        on_dead: Callable[[Sequence[Dead]], None] = lambda dead: None,
    ) -> None:
        self.host = host
        self.pool = pool
        self._tide = tide
        self._messages = messages
        self._on_live = on_live
        self._on_dead = on_dead
        self._heads = Heads()
        self._sorter = Sorter(host.topics, host.own, validate=host.everything)

    async def reader(self) -> str:
        """How this service's reader names itself to Kafka (`claims`)."""
        row = await self.pool.fetchrow(statement("replica/incarnation"))
        assert row is not None
        return claims.reader(self.host.service, row["id"])

    async def take(
        self,
        records: Sequence[Record],
        cluster: str,
        due: Mapping[Where, int] | None = None,
        *,
        sorted_: Sorted | None = None,
        catching_up: bool = False,
        keep_offsets: bool = True,
        asked: Collection[str] = (),
    ) -> Sequence[Dead]:
        """Insert these records, those of one partition in their order; the dead letters among them, which are kept.

        `sorted_` is what `sort` gave for them, when the caller had the time to call it before.

        `due` is how far each partition was taken before, as the reader knows. Raises Forgotten when the database does
        not; anything else only when it is away: then nothing was committed, and the same records are to be brought
        again. `catching_up`: a restored database reads back what it had said (protocol B2). `asked`: cases that a unit
        here asks about; they are followed from now on (I4).
        """
        batch = Batch(
            self.pool, self.host, self._messages, self._sorter.valid, cluster, due or {}, self._heads,
            catching_up=catching_up, keep_offsets=keep_offsets, asked=asked,
        )  # fmt: skip
        try:
            return self._told(await batch.take(records, sorted_ or await self.sort(records), plain=True))
        except REFUSED as error:
            log.warning("batch_refused_by_database", records=len(records), error=type(error).__name__)
        dead: list[Dead] = []
        for record in records:
            try:
                dead += self._told(await batch.take([record], await self.sort([record]), plain=False))
            except REFUSED as error:
                refused = Sorted(dead=[Dead(record, "refused", type(error).__name__)])
                dead += self._told(await batch.take([record], refused, plain=False))
        return dead

    async def look_again(self, streams: Collection[str]) -> None:
        """Own appends changed the heads of these streams: see what waits for them or is fenced by them (I2)."""

        def look(insertion: Insertion, copies: Mapping[str, Copy]) -> None:
            for stream, copy in copies.items():
                if copy.tree.live:
                    insertion.head_written(stream)

        await self._change(streams, look)

    async def fences(self, told: Mapping[str, int]) -> None:
        """What a witness knows of custody assumed, epochs by case (B4)."""

        def fence(insertion: Insertion, _: Mapping[str, Copy]) -> None:
            for stream, epoch in told.items():
                insertion.fence_told(stream, epoch)

        if told:
            await self._change(told, fence)

    async def _change(self, streams: Collection[str], change: Callable[[Insertion, Mapping[str, Copy]], None]) -> None:
        """Change what is here of these streams, without anything new."""
        async with self.pool.acquire() as connection, connection.transaction():
            pos: int = await connection.fetchval(statement("replica/lock"))
            copies = await copies_of(connection, streams)
            insertion = Insertion(copies, self.host.rules(), everything=self.host.everything)
            change(insertion, copies)
            reached = await write(connection, pos, insertion.changes, {}, datetime.now(UTC))
            await store(connection, reached, {}, "")
        self._told(Taken(reached, now_live(insertion.changes), insertion.changes))

    async def offsets(self, cluster: str) -> dict[Where, int]:
        """How far each partition was read on this cluster (B1); absent ones from their first record."""
        rows = await self.pool.fetch(statement("replica/offsets"), cluster)
        return {(r["topic"], r["partition"]): r["next_offset"] for r in rows}

    async def sort(self, records: Sequence[Record]) -> Sorted:
        """Read them, a few at a time: whoever else lives on this loop gets his turns, the writing of the batch before
        above all."""
        found, seen = Sorted(), set[tuple[bool, bytes]]()
        for at in range(0, len(records), AT_ONCE):
            self._sorter.sort(records[at : at + AT_ONCE], found, seen)
            await asyncio.sleep(0)
        return found

    async def examine(self, records: Sequence[Record]) -> Sorted:
        """As `sort`, and what is not valid is among the dead letters already."""
        found = await self.sort(records)
        found.events, invalid = self._sorter.valid(found.events)
        found.dead += invalid
        return found

    def _told(self, taken: Taken) -> Sequence[Dead]:
        """Tell who waits, and the operator; the dead letters."""
        if taken.pos is not None and taken.plain is not None:
            self._tide.fill(taken.plain.base, taken.pos, taken.plain.kinds)
        elif taken.pos is not None:
            self._tide.rise(taken.pos)
        if taken.changes is not None:
            for move in taken.changes.to(Place.QUARANTINED, None, Place.PARKED):
                log.warning(
                    "event_quarantined", stream=move.link.stream, seq=move.link.seq, unit=move.link.unit,
                    reason=move.reason, hash=move.link.hash.hex(),
                )  # fmt: skip
            for stream in taken.changes.set_aside:
                log.warning("handover_set_aside", stream=stream)
        for one in taken.dead:
            log.warning(
                "record_dead", topic=one.record.topic, partition=one.record.partition, offset=one.record.offset,
                reason=one.reason,
            )  # fmt: skip
        if taken.dead:
            self._on_dead(taken.dead)
        if taken.live:
            self._on_live(taken.live)
        return taken.dead
