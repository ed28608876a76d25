"""What a follower of the log sees of a row."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from contracts.catalogue import event_of
from contracts.envelope import read
from contracts.events import Event
from services.runtime.statements import statement

if TYPE_CHECKING:
    from asyncpg import Record

    from services.runtime.companion import Database

EVERY_TYPE = "sanji."
CASES = "sanji.case."


class Entry(NamedTuple):
    """A live row. `event` is None unless the follower asked for its type. Times UTC; `hash` 32 bytes."""

    pos: int
    stream: str
    seq: int
    epoch: int
    term: int
    holder: str
    type: str
    unit: str
    actor: str
    time: datetime
    recorded: datetime
    hash: bytes
    event: Event | None


def entries(rows: "Iterable[Record]") -> list[Entry]:
    """The entries in rows of the statements under `follow/`."""
    found: list[Entry] = []
    for row in rows:
        pos, stream, seq, epoch, term, holder, kind, unit, actor, time, recorded, hash_, value = row
        event = event_of(kind, read(value).data) if value is not None else None
        found.append(Entry(pos, stream, seq, epoch, term, holder, kind, unit, actor, time, recorded, hash_, event))
    return found


async def after(
    db: "Database", pos: int, upto: int, prefix: str, types: Sequence[str], limit: int
) -> tuple[list[Entry], int]:
    """At most `limit` entries past `pos`, and the position up to which nothing of this kind is left out."""
    rows = await db.fetch(statement("follow/entries"), pos, upto, prefix, types, limit)
    return entries(rows), (rows[-1]["pos"] if len(rows) == limit else upto)


async def beside(db: "Database", pos: int, upto: int, limit: int) -> tuple[list[Entry], int]:
    """As `after`, for all streams beside cases, each entry with its event."""
    rows = await db.fetch(statement("follow/beside"), pos, upto, limit)
    return entries(rows), (rows[-1]["pos"] if len(rows) == limit else upto)
