"""One batch of records into the log, in one transaction, with how far they were read.

The plain case, each stream extending its live head, is one claim and one COPY, and one statement for a few events.
Everything else goes stream by stream through the pure functions of the protocol.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from contracts.inbox import AnyMessage, Handover, SendKey
from services.runtime.arrivals import Arrival, Dead, Record, Sorted, Where
from services.runtime.branch import Place
from services.runtime.few import FEW, insert_few
from services.runtime.heads import Head, Heads, read_heads
from services.runtime.host import Host
from services.runtime.inserting import Changes, Insertion
from services.runtime.known import followed, unknown
from services.runtime.plain import Plain, PlainCase, by_stream
from services.runtime.statements import statement
from services.runtime.tables import STORED, Stored, copies_of, write

if TYPE_CHECKING:
    from asyncpg import Record as Row
    from asyncpg.pool import Pool

    from services.runtime.companion import Connected


class Forgotten(Exception):
    """The database does not remember having read up to here: it crashed and lost its last commits, which nobody waits
    for. Nothing was committed; what it forgot is to be read again from where it stands."""


class Messages(Protocol):
    """Who keeps what inbox messages bring: the vault of a tier, the tracking table of the portal."""

    async def keep(self, connection: "Connected", messages: Sequence[AnyMessage]) -> dict[int, str]:
        """Keep them in the open transaction; by index the reason for each that is of no use, a dead letter then."""
        ...


class Taken(NamedTuple):
    """What a committed transaction did: the log's last position when events came in, the streams whose live branch
    changed, what went elsewhere than to its end, and the dead letters. `plain` is None where something else came."""

    pos: int | None = None
    live: Collection[str] = frozenset()
    changes: Changes | None = None
    dead: Sequence[Dead] = ()
    plain: Plain | None = None


class Batch:
    """How records of one reading are taken, each call one transaction.

    `due` is how far each partition was taken before, as the reader knows; `heads` what is remembered where every case
    is followed. `catching_up`: a restored database reads back what it had said (protocol B2). `asked`: cases that a
    unit here asks about, followed from now on (I4).
    """

    def __init__(
        self,
        pool: "Pool[Row]",
        host: Host,
        messages: Messages,
        valid: Callable[[list[Arrival]], tuple[list[Arrival], list[Dead]]],
        cluster: str,
        due: Mapping[Where, int],
        heads: Heads,
        *,
        catching_up: bool,
        keep_offsets: bool,
        asked: Collection[str],
    ) -> None:
        self._pool = pool
        self._host = host
        self._messages = messages
        self._valid = valid
        self._cluster = cluster
        self._due = dict(due)
        self._heads = heads
        self._catching_up = catching_up
        self._keep_offsets = keep_offsets
        self._asked = asked
        self._rules = host.rules(catching_up=catching_up)
        self._plain = PlainCase(host, self._rules, catching_up=catching_up)

    async def take(self, records: Sequence[Record], batch: Sorted, *, plain: bool) -> Taken:
        """Insert them, `plain` ones by COPY. Raises Forgotten, one of REFUSED, or what a database raises that is
        away; nothing was committed then."""
        offsets = _after(records) if self._keep_offsets else {}
        taken: Taken | None = None
        async with self._pool.acquire() as connection:
            heads: Mapping[str, Head] = {}
            events = batch.events
            if not self._host.everything:
                events, heads = await followed(connection, events, self._host.own, self._asked)
            events, invalid = self._valid(events)
            dead = [*batch.dead, *invalid]
            others = dead or batch.messages or batch.requests
            if plain and len(events) <= FEW and offsets and not (others or self._catching_up):
                taken = await self._few(connection, events, heads, offsets)
            if taken is None:
                self._heads.forget({a.link.stream for a in events})
                taken = await self._whole(connection, events, batch, dead, offsets, plain)
        self._due |= offsets
        return taken

    async def _few(
        self, connection: "Connected", events: list[Arrival], heads: Mapping[str, Head], offsets: Mapping[Where, int]
    ) -> Taken | None:
        """All in one statement; None, and nothing done, when that cannot be."""
        remembered = self._heads if self._host.everything else None
        plain = await insert_few(connection, events, self._plain, heads, remembered, offsets, self._due, self._cluster)
        if plain is None or not events:
            return Taken() if plain is not None else None
        return Taken(plain.base + len(events), {a.link.stream for a in events}, plain=plain)

    async def _whole(
        self,
        connection: "Connected",
        events: list[Arrival],
        batch: Sorted,
        dead: list[Dead],
        offsets: Mapping[Where, int],
        plain: bool,
    ) -> Taken:
        """In a transaction, whatever there is."""
        taken = Taken()
        handovers = [m.message for m in batch.messages if isinstance(m.message, Handover)]
        async with connection.transaction():
            if events or handovers:
                base: int = await connection.fetchval(statement("replica/lock"))
                taken = await self._insert(connection, base, events, handovers, plain)
            else:
                await connection.execute(statement("replica/unhurried"))
            dead += await self._say(connection, batch)
            if dead:
                await _bury(connection, dead, self._cluster)
            before = await store(connection, taken.pos or 0, offsets, self._cluster)
            if any(before.get(where, 0) < due for where, due in self._due.items() if where in offsets):
                raise Forgotten
        return taken._replace(dead=dead)

    async def _insert(
        self, connection: "Connected", pos: int, events: list[Arrival], handovers: list[Handover], plain: bool
    ) -> Taken:
        base, groups = pos, by_stream(events)
        heads = await read_heads(connection, groups)
        handed = {h.case for h in handovers}
        simple = {
            s for s, group in groups.items() if plain and s not in handed and self._plain.extends(heads[s], group)
        }
        if simple:
            plain_ones = [a for a in events if a.link.stream in simple]
            await connection.copy_records_to_table(
                "log",
                records=[(at, *a.columns, self._plain.topic(a.link)) for at, a in enumerate(plain_ones, pos + 1)],
                columns=["pos", *STORED],
            )
            pos += len(plain_ones)
        others = [a for a in events if a.link.stream not in simple]
        if not others and not handovers:
            return Taken(pos, simple, plain=Plain(base, self._plain.kinds(events)))
        others = await unknown(connection, others, heads)
        changes = await self._one_by_one(connection, others, handovers)
        new: dict[bytes, Stored] = {a.link.hash: (*a.columns, self._plain.topic(a.link)) for a in others}
        pos = await write(connection, pos, changes, new, datetime.now(UTC))
        return Taken(pos, simple | now_live(changes), changes)

    async def _one_by_one(
        self, connection: "Connected", events: Sequence[Arrival], handovers: Sequence[Handover]
    ) -> Changes:
        """Inboxes before feeds: a feed record never begins the following that a handover beside it begins."""
        copies = await copies_of(connection, {a.link.stream for a in events} | {h.case for h in handovers})
        insertion = Insertion(copies, self._rules, everything=self._host.everything)
        for arrival in events:
            if arrival.link.stream in self._asked:
                insertion.asked_for(arrival.link)
            elif arrival.inbox:
                insertion.from_inbox(arrival.link)
        for handover in handovers:
            insertion.handed_over(handover.case, bytes.fromhex(handover.head))
        for arrival in events:
            if not arrival.inbox and arrival.link.stream not in self._asked:
                insertion.from_feed(arrival.link, reference=arrival.reference)
        return insertion.changes

    async def _say(self, connection: "Connected", batch: Sorted) -> list[Dead]:
        """What is to be acted upon by others, and the keys."""
        if batch.requests:
            await connection.execute(statement("replica/put_arrivals"), *map(list, zip(*batch.requests, strict=True)))
        asked = [(m.message.case, m.message.source) for m in batch.messages if isinstance(m.message, SendKey)]
        if asked:
            await connection.execute(statement("replica/put_key_wanted"), *map(list, zip(*asked, strict=True)))
        keys = [said for said in batch.messages if not isinstance(said.message, SendKey)]
        if not keys:
            return []
        refused = await self._messages.keep(connection, [said.message for said in keys])
        return [Dead(keys[at].record, reason, type(keys[at].message).__name__) for at, reason in refused.items()]


def _after(records: Iterable[Record]) -> dict[Where, int]:
    return {(r.topic, r.partition): r.offset + 1 for r in records}


def now_live(changes: Changes) -> set[str]:
    return {m.link.stream for m in changes.moves.values() if m.to is Place.LIVE}


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


async def store(connection: "Connected", pos: int, offsets: Mapping[Where, int], cluster: str) -> dict[Where, int]:
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
