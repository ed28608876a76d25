"""The log as outbox: chunks of it in the order of positions, and the batches that carry them."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate
from typing import TYPE_CHECKING

from contracts.case import CaseReceived, CustodyAssumed
from contracts.envelope import digest
from contracts.events import type_name
from services.runtime.lately import Published
from services.runtime.partition import Partitions
from services.runtime.producing import HEADERS, Batch
from services.runtime.statements import statement

if TYPE_CHECKING:
    from services.runtime.companion import Database

RECEIVED, ASSUMED = type_name(CaseReceived), type_name(CustodyAssumed)
CHUNK = 5000
"""Positions in one read (measured: 1,000 costs a third of the throughput)."""
CHUNK_BYTES = 16 << 20
"""Where records are big, a read takes fewer."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """`upto`: position up to which nothing is left out; `highest`: of the last row that is published.

    `oldest`: when the first of its rows was appended (UTC); `size`: bytes of all records. `receipts`: cases received
    here; `assumed`: positions of own CustodyAssumed.
    """

    upto: int
    highest: int
    oldest: datetime
    size: int
    by_topic: dict[str, tuple[list[str], list[bytes]]]
    receipts: list[str]
    assumed: list[int]

    @property
    def rows(self) -> int:
        return sum(len(streams) for streams, _ in self.by_topic.values())

    def next_limit(self) -> int:
        """How many positions to read next, for records as big as these."""
        return max(1, min(CHUNK, CHUNK_BYTES * self.rows // self.size))


def chunk_of(written: Sequence[Published], upto: int, own: Collection[str]) -> Chunk | int:
    """What this process wrote just now, as `read_chunk` would find it."""
    if not written:
        return upto
    by_topic: dict[str, tuple[list[str], list[bytes]]] = {}
    for _, topic, row in written:
        streams, records = by_topic.setdefault(topic, ([], []))
        streams.append(row.stream)
        records.append(row.value)
    here = [(pos, row) for pos, _, row in written if row.unit in own]
    return Chunk(
        upto,
        written[-1].pos,
        datetime.now(UTC),
        sum(len(row.value) for _, _, row in written),
        by_topic,
        [row.stream for _, row in here if row.type == RECEIVED],
        [pos for pos, row in here if row.type == ASSUMED],
    )


async def read_chunk(db: "Database", after: int, limit: int, own: list[str]) -> Chunk | int | None:
    """The chunk in the next `limit` positions; its `upto` alone when nothing in it is published here; None at the end
    of the log."""
    row = await db.fetchrow(statement("relay/chunk"), after, limit, own)
    if row is None or row["upto"] is None:
        return None
    if row["highest"] is None:
        return row["upto"]
    streams: list[str] = row["streams"].split(" ")
    records = _cut(row["records"], row["lengths"])
    by_topic: dict[str, tuple[list[str], list[bytes]]] = {row["first_topic"]: (streams, records)}
    if row["first_topic"] != row["last_topic"]:
        topics = [r["topic"] for r in await db.fetch(statement("relay/topics"), after, row["upto"])]
        by_topic = {topic: ([], []) for topic in topics}
        for topic, stream, record in zip(topics, streams, records, strict=True):
            by_topic[topic][0].append(stream)
            by_topic[topic][1].append(record)
    size = len(row["records"])
    return Chunk(
        row["upto"], row["highest"], row["oldest"], size, by_topic, row["receipts"] or [], row["assumed"] or []
    )


def _cut(joined: bytes, lengths: list[int]) -> list[bytes]:
    ends = list(accumulate(lengths))
    return [joined[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def batches(
    streams: list[str], records: list[bytes], partitions: Partitions, new: Callable[[], Batch]
) -> Iterator[tuple[int, Batch]]:
    """(partition, batch) in an order in which each partition's records keep theirs: full ones as they fill up."""
    now = int(time.time() * 1000)
    filling: dict[int, Batch] = {}
    place = partitions.place
    for stream, record in zip(streams, records, strict=True):
        partition, key = place(stream)
        batch = filling.get(partition)
        if batch is not None and batch.append(timestamp=now, key=key, value=record, headers=HEADERS) is not None:
            continue
        if batch is not None:
            yield partition, batch
        batch = filling[partition] = new()
        batch.append(timestamp=now, key=key, value=record, headers=HEADERS)
    yield from filling.items()


async def with_ancestors(db: "Database", chunk: Chunk) -> Chunk:
    """Each own CustodyAssumed with the chain that it stands on before it: whoever reads the feed from there on can
    place it, though that chain's writers published elsewhere (protocol C4)."""
    if not chunk.assumed:
        return chunk
    below: dict[bytes, list[bytes]] = {}
    for row in await db.fetch(statement("relay/ancestors"), chunk.assumed):
        below.setdefault(row["below"], []).append(row["value"])
    by_topic = {topic: _inserted(streams, records, below) for topic, (streams, records) in chunk.by_topic.items()}
    return replace(chunk, by_topic=by_topic)


def _inserted(
    streams: list[str], records: list[bytes], below: dict[bytes, list[bytes]]
) -> tuple[list[str], list[bytes]]:
    found: tuple[list[str], list[bytes]] = ([], [])
    for stream, record in zip(streams, records, strict=True):
        chain = below.get(digest(record), ())
        found[0].extend([stream] * (len(chain) + 1))
        found[1].extend([*chain, record])
    return found
