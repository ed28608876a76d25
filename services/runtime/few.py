"""A few plain records and how far they were read, in one statement: quicker than a transaction with COPY."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from services.runtime.arrivals import Arrival, Where
from services.runtime.custody import Link
from services.runtime.heads import Head, Heads, read_heads
from services.runtime.plain import Plain, PlainCase, by_stream
from services.runtime.statements import statement
from services.runtime.tables import STORED

if TYPE_CHECKING:
    from services.runtime.companion import Connected

FEW = 48
"""Events up to which one statement beats a transaction with COPY."""


async def insert_few(
    connection: "Connected",
    events: list[Arrival],
    plain: PlainCase,
    heads: Mapping[str, Head],
    remembered: Heads | None,
    offsets: Mapping[Where, int],
    due: Mapping[Where, int],
    cluster: str,
) -> Plain | None:
    """By heads that were read before, or `remembered` where every case is followed; None, and nothing done, when that
    cannot be. `due`: how far each partition was taken before. Not for own events that are read back, which have a
    topic."""
    groups = by_stream(events)
    heads = dict(heads)
    if remembered is not None:
        for group in groups.values():
            heads |= _remembered(remembered, group[0].link)
    heads |= await read_heads(connection, groups.keys() - heads.keys())
    if not all(plain.extends(heads[stream], group) for stream, group in groups.items()):
        return None
    columns = zip(*(a.columns for a in events), strict=True) if events else [()] * len(STORED[:-1])
    base: int | None = await connection.fetchval(
        statement("replica/few"),
        list(groups),
        [heads[stream].hash for stream in groups],
        *map(list, columns),
        [topic for topic, _ in offsets],
        [partition for _, partition in offsets],
        list(offsets.values()),
        [due.get(where, 0) for where in offsets],
        cluster,
    )
    if base is None:
        return None
    if remembered is not None:
        remembered.put({stream: Head.of(group[-1].link) for stream, group in groups.items()})
    return Plain(base, plain.kinds(events))


def _remembered(heads: Heads, first: Link) -> dict[str, Head]:
    """The head that this event is to extend; nothing where that has to be read."""
    head = heads.get(first.stream) or (Head() if first.seq == 1 else None)
    return {first.stream: head} if head is not None else {}
