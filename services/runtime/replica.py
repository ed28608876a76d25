"""The replica: copies what others wrote into the log, one transaction a batch, the offsets read in the same one.

The plain case, each stream extending its live head, is one claim and one COPY. Everything else goes stream by stream
through the pure functions of the protocol. A batch that the database refuses is taken record by record.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import asyncpg
import structlog

from contracts.inbox import AnyMessage, Handover, SendKey
from services.runtime.arrivals import Arrival, Dead, Record, Said, Sorted, Sorter
from services.runtime.branch import Place
from services.runtime.custody import Link, breaks, first_event_breaks, is_case
from services.runtime.host import Host
from services.runtime.inserting import Changes, Insertion
from services.runtime.statements import statement
from services.runtime.tables import STORED, Stored, copies_of, write
from services.runtime.tide import Tide

if TYPE_CHECKING:
    from asyncpg import Record as Row
    from asyncpg.pool import Pool

    from services.runtime.companion import Connected

log = structlog.get_logger(__name__)

AT_ONCE = 64
"""Records read before the loop goes round: some two milliseconds."""

REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError)
"""What the database says of a row, not of itself: trying again would give the same answer."""


Where = tuple[str, int]
"""Topic and partition."""


class Forgotten(Exception):
    """The database does not remember having read up to here: it crashed and lost its last commits, which nobody waits
    for. Nothing was committed; what it forgot is to be read again from `offsets`."""


class Messages(Protocol):
    """Who keeps what inbox messages bring: the vault of a tier, the tracking table of the portal."""

    async def keep(self, connection: "Connected", messages: Sequence[AnyMessage]) -> dict[int, str]:
        """Keep them in the open transaction; by index the reason for each that is of no use, a dead letter then."""
        ...


@dataclass(slots=True)
class Counts:
    """Since the start, for metrics."""

    records: int = 0
    plain: int = 0
    inserted: int = 0
    quarantined: int = 0
    dead: int = 0


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
        self.counts = Counts()
        self._tide = tide
        self._messages = messages
        self._on_live = on_live
        self._on_dead = on_dead
        self._sorter = Sorter(host.topics, host.own, validate=host.everything)

    async def take(
        self,
        records: Sequence[Record],
        cluster: str,
        due: Mapping[Where, int] | None = None,
        *,
        sorted_: Sorted | None = None,
        catching_up: bool = False,
        keep_offsets: bool = True,
    ) -> list[Dead]:
        """Insert these records, those of one partition in their order; the dead letters among them, which are kept.

        `sorted_` is what `sort` gave for them, when the caller had the time to call it before.

        `due` is how far each partition was taken before, as the reader knows. Raises Forgotten when the database does
        not; anything else only when it is away: then nothing was committed, and the same records are to be brought
        again. `catching_up`: a restored database reads back what it had said (protocol B2).
        """
        batch = _Batch(self, cluster, due or {}, catching_up, keep_offsets)
        try:
            return await batch.take(records, sorted_ or await self.sort(records), plain=True)
        except REFUSED as error:
            log.warning("batch_refused_by_database", records=len(records), error=type(error).__name__)
        dead: list[Dead] = []
        for record in records:
            try:
                dead += await batch.take([record], await self.sort([record]), plain=False)
            except REFUSED as error:
                refused = Sorted(dead=[Dead(record, "refused", type(error).__name__)])
                dead += await batch.take([record], refused, plain=False)
        return dead

    async def look_again(self, streams: Collection[str]) -> None:
        """Own appends changed the heads of these streams: see what waits for them or is fenced by them (I2)."""
        async with self.pool.acquire() as connection, connection.transaction():
            pos: int = await connection.fetchval(statement("replica/lock"))
            copies = await copies_of(connection, streams)
            insertion = Insertion(copies, self.host.rules(), everything=self.host.everything)
            for stream, copy in copies.items():
                if copy.tree.live:
                    insertion.head_written(stream)
            reached = await write(connection, pos, insertion.changes, {}, datetime.now(UTC))
            await _store(connection, reached, {}, "")
        self.committed(reached, _now_live(insertion.changes), insertion.changes)

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

    def valid(self, arrivals: list[Arrival]) -> tuple[list[Arrival], list[Dead]]:
        return self._sorter.valid(arrivals)

    async def keep(self, connection: "Connected", said: Sequence[Said]) -> list[Dead]:
        if not said:
            return []
        refused = await self._messages.keep(connection, [one.message for one in said])
        return [Dead(said[at].record, reason, type(said[at].message).__name__) for at, reason in refused.items()]

    def committed(
        self, pos: int | None, live: Collection[str], changes: Changes | None, dead: Sequence[Dead] = ()
    ) -> None:
        """Tell who waits, and the operator."""
        if pos is not None:
            self._tide.rise(pos)
        if changes is not None:
            for move in changes.to(Place.QUARANTINED, None, Place.PARKED):
                self.counts.quarantined += 1
                log.warning(
                    "event_quarantined", stream=move.link.stream, seq=move.link.seq, unit=move.link.unit,
                    reason=move.reason, hash=move.link.hash.hex(),
                )  # fmt: skip
            for stream in changes.set_aside:
                log.warning("handover_set_aside", stream=stream)
        for one in dead:
            self.counts.dead += 1
            log.warning(
                "record_dead", topic=one.record.topic, partition=one.record.partition, offset=one.record.offset,
                reason=one.reason,
            )  # fmt: skip
        if dead:
            self._on_dead(dead)
        if live:
            self._on_live(live)


class _Batch:
    """How one batch is taken."""

    def __init__(
        self, replica: Replica, cluster: str, due: Mapping[Where, int], catching_up: bool, keep_offsets: bool
    ) -> None:
        self._replica = replica
        self._host = replica.host
        self._cluster = cluster
        self._due = dict(due)
        self._catching_up = catching_up
        self._keep_offsets = keep_offsets
        self._rules = replica.host.rules(catching_up=catching_up)

    async def take(self, records: Sequence[Record], batch: Sorted, *, plain: bool) -> list[Dead]:
        replica = self._replica
        offsets = _after(records) if self._keep_offsets else {}
        pos = None
        live: set[str] = set()
        changes: Changes | None = None
        async with replica.pool.acquire() as connection:
            events = batch.events if self._host.everything else await self._followed(connection, batch)
            events, invalid = replica.valid(events)
            dead = [*batch.dead, *invalid]
            handovers = [m.message for m in batch.messages if isinstance(m.message, Handover)]
            async with connection.transaction():
                if events or handovers:
                    base: int = await connection.fetchval(statement("replica/lock"))
                    pos, live, changes = await self._insert(connection, base, events, handovers, plain)
                else:
                    await connection.execute(statement("replica/unhurried"))
                dead += await self._say(connection, batch)
                if dead:
                    await _bury(connection, dead, self._cluster)
                before = await _store(connection, pos or 0, offsets, self._cluster)
                if any(before.get(where, 0) < due for where, due in self._due.items() if where in offsets):
                    raise Forgotten
        self._due |= offsets
        replica.counts.records += len(records)
        replica.committed(pos, live, changes, dead)
        return dead

    async def _followed(self, connection: "Connected", batch: Sorted) -> list[Arrival]:
        """What a tier keeps of what arrived, without any lock: own records that come back are known and fall out here.
        A custody assumed always goes on, for its fence."""
        heads = await _heads(connection, {a.link.stream for a in batch.events})
        events = [
            a for a in batch.events
            if a.inbox or a.reference or a.link.assumes or a.link.unit in self._host.own
            or heads[a.link.stream]["hash"] is not None or heads[a.link.stream]["aside"]
        ]  # fmt: skip
        return await _unknown(connection, events, heads)

    async def _insert(
        self, connection: "Connected", pos: int, events: list[Arrival], handovers: list[Handover], plain: bool
    ) -> tuple[int, set[str], Changes | None]:
        groups: dict[str, list[Arrival]] = {}
        for arrival in events:
            groups.setdefault(arrival.link.stream, []).append(arrival)
        heads = await _heads(connection, groups)
        handed = {h.case for h in handovers}
        simple = {s for s, group in groups.items() if plain and s not in handed and self._plain(heads[s], group)}
        if simple:
            plain_ones = [a for a in events if a.link.stream in simple]
            await connection.copy_records_to_table(
                "log",
                records=[(at, *a.columns, self._topic(a.link)) for at, a in enumerate(plain_ones, pos + 1)],
                columns=["pos", *STORED],
            )
            pos += len(plain_ones)
            self._replica.counts.plain += len(plain_ones)
        others = [a for a in events if a.link.stream not in simple]
        if not others and not handovers:
            return pos, simple, None
        others = await _unknown(connection, others, heads)
        changes = await self._one_by_one(connection, others, handovers)
        new: dict[bytes, Stored] = {a.link.hash: (*a.columns, self._topic(a.link)) for a in others}
        pos = await write(connection, pos, changes, new, datetime.now(UTC))
        return pos, simple | _now_live(changes), changes

    async def _one_by_one(
        self, connection: "Connected", events: Sequence[Arrival], handovers: Sequence[Handover]
    ) -> Changes:
        """Inboxes before feeds: a feed record never begins the following that a handover beside it begins."""
        copies = await copies_of(connection, {a.link.stream for a in events} | {h.case for h in handovers})
        insertion = Insertion(copies, self._rules, everything=self._host.everything)
        for arrival in events:
            if arrival.inbox:
                insertion.from_inbox(arrival.link)
        for handover in handovers:
            insertion.handed_over(handover.case, bytes.fromhex(handover.head))
        for arrival in events:
            if not arrival.inbox:
                insertion.from_feed(arrival.link, reference=arrival.reference)
        return insertion.changes

    def _plain(self, head: "Row", group: list[Arrival]) -> bool:
        """Every event extends the live head in turn, and nothing else is here that it could concern."""
        links = [arrival.link for arrival in group]
        first = links[0]
        if head["aside"] or any(link.assumes for link in links):
            return False
        if not self._catching_up and any(link.unit in self._host.own for link in links):
            return False
        if head["hash"] is None:
            if is_case(first.stream) and not self._host.everything:
                return False
            if first_event_breaks(first) is not None:
                return False
        else:
            last = Link(
                first.stream, head["seq"], head["epoch"], head["term"], head["unit"], head["holder"], head["hash"],
                None, False,
            )  # fmt: skip
            if breaks(last, first, self._rules) is not None:
                return False
        return all(breaks(parent, link, self._rules) is None for parent, link in pairwise(links))

    def _topic(self, link: Link) -> str | None:
        """Own events that are read back are published again on another cluster, hence their topic (B1)."""
        own = self._catching_up and link.unit in self._host.own
        return self._host.topic_of(link.stream) if own else None

    async def _say(self, connection: "Connected", batch: Sorted) -> list[Dead]:
        """What is to be acted upon by others, and the keys."""
        if batch.requests:
            await connection.execute(statement("replica/put_arrivals"), *map(list, zip(*batch.requests, strict=True)))
        asked = [(m.message.case, m.message.source) for m in batch.messages if isinstance(m.message, SendKey)]
        if asked:
            await connection.execute(statement("replica/put_key_wanted"), *map(list, zip(*asked, strict=True)))
        keys = [said for said in batch.messages if not isinstance(said.message, SendKey)]
        return await self._replica.keep(connection, keys)


def _after(records: Iterable[Record]) -> dict[Where, int]:
    return {(r.topic, r.partition): r.offset + 1 for r in records}


def _now_live(changes: Changes) -> set[str]:
    return {m.link.stream for m in changes.moves.values() if m.to is Place.LIVE}


async def _heads(connection: "Connected", streams: Collection[str]) -> dict[str, "Row"]:
    rows = await connection.fetch(statement("replica/heads"), list(streams)) if streams else []
    return {row["stream"]: row for row in rows}


async def _unknown(connection: "Connected", events: list[Arrival], heads: Mapping[str, "Row"]) -> list[Arrival]:
    """Without those that are here already. Only what does not lie above the head, or lies beside it, can be."""
    suspects = [
        a.link.hash for a in events
        if heads[a.link.stream]["aside"] or a.link.seq <= (heads[a.link.stream]["seq"] or 0)
    ]  # fmt: skip
    if not suspects:
        return events
    known = {row["hash"] for row in await connection.fetch(statement("replica/known"), suspects)}
    return [a for a in events if a.link.hash not in known]


async def _bury(connection: "Connected", dead: Sequence[Dead], cluster: str) -> None:
    await connection.execute(
        statement("replica/put_dead"),
        cluster,
        [d.record.topic for d in dead],
        [d.record.partition for d in dead],
        [d.record.offset for d in dead],
        [d.record.key for d in dead],
        [d.record.value for d in dead],
        [d.reason for d in dead],
        [d.detail for d in dead],
    )


async def _store(connection: "Connected", pos: int, offsets: Mapping[Where, int], cluster: str) -> dict[Where, int]:
    """The offsets that were there before, on this cluster."""
    rows = await connection.fetch(
        statement("replica/stored"),
        pos,
        [topic for topic, _ in offsets],
        [partition for _, partition in offsets],
        list(offsets.values()),
        cluster,
    )
    return {(row["topic"], row["partition"]): row["before"] or 0 for row in rows}
