"""What a follower of the log sees of a row."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from contracts.catalogue import event_of
from contracts.envelope import stored_data
from contracts.events import EVENTS, Event
from contracts.upcast import CHAIN
from services.runtime.statements import statement

if TYPE_CHECKING:
    from asyncpg import Record

    from services.runtime.companion import Database

SHORT = 200
"""Bytes of data up to which an event is remembered: most say one of few things, and parsing is most of a follower's
work. Events are frozen, so one object serves all records that say the same."""
CASES = "sanji.case."
REQUESTS = "sanji.request."


class Entry(NamedTuple):
    """A live row. `event` is None unless the follower asked for its type, and has no fields if only for the fact.
    Times UTC; `hash` 32 bytes."""

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


def stored_event(type_name: str, value: bytes) -> Event:
    """The event in a record of the log, which was readable when it was stored, lifted to its newest version.

    Parses only the record's data where `build` wrote it: last. No member before it can hold those bytes, because a
    quote inside a text is escaped; where a member follows it, they are no JSON object and the whole is parsed.
    """
    model = EVENTS.get(type_name)
    at = value.find(b',"data":{')
    if model is not None and at > 0 and type_name not in CHAIN.lifts:
        with contextlib.suppress(ValidationError):
            data = value[at + 8 : -1]
            return _short(type_name, data) if len(data) <= SHORT else model.__pydantic_validator__.validate_json(data)
    return event_of(type_name, stored_data(value))


@lru_cache(4096)
def _short(type_name: str, data: bytes) -> Event:
    return EVENTS[type_name].__pydantic_validator__.validate_json(data)


def asked(types: Iterable[str]) -> list[str]:
    """Types whose records are to be read, so that those of `types` and older versions of them are."""
    return [*types, *CHAIN.lifts]


def bare(types: Iterable[str]) -> dict[str, Event]:
    """For followers to whom the fact is enough: one event without fields a type. Saves reading and parsing records."""
    return {name: EVENTS[name].model_construct() for name in types}


NONE_BARE: Mapping[str, Event] = {}


def entries(arrays: Iterable[Any], facts: Mapping[str, Event] = NONE_BARE) -> list[Entry]:
    """The entries in the one row, of an array a column, that statements under `follow/` give. Where a record was not
    read the event is taken from `facts`."""
    *columns, kinds, units, actors, times, recorded, hashes, values = arrays
    if kinds is None:
        return []
    fact = facts.get
    events = [
        fact(kind) if value is None else stored_event(kind, value) for kind, value in zip(kinds, values, strict=True)
    ]
    whole = zip(*columns, kinds, units, actors, _instants(times), _instants(recorded), hashes, events, strict=True)
    return list(map(Entry._make, whole))


def _instants(seconds: Iterable[float]) -> Iterable[datetime]:
    """From seconds since 1970, exact to the microsecond until the year 2242: half the cost of timestamps."""
    return map(datetime.fromtimestamp, seconds, repeat(UTC))


async def after(
    db: "Database",
    pos: int,
    upto: int,
    prefix: str,
    types: Iterable[str],
    limit: int,
    facts: Mapping[str, Event] = NONE_BARE,
) -> tuple[list[Entry], int]:
    """At most `limit` entries past `pos`, and the position up to which nothing of this kind is left out."""
    arrays = await db.fetchrow(statement("follow/entries"), pos, upto, prefix, asked(types), limit)
    return _reached(arrays, facts, limit, upto)


class Read(NamedTuple):
    """A `checkpoint.Look` that found these entries. `rows`: what a view has of their streams, where that was asked
    for."""

    stored: int | None
    building: int | None
    upto: int
    entries: list[Entry]
    reached: int
    rows: Sequence["Record"] = ()


async def since(
    db: "Database",
    follower: str,
    prefix: str,
    types: Iterable[str],
    limit: int,
    pos: int,
    *,
    facts: Mapping[str, Event] = NONE_BARE,
) -> Read:
    """At most `limit` entries past `pos`, where this follower's checkpoint was last seen: all in one statement."""
    row = await db.fetchrow(statement("follow/since"), follower, pos, prefix, asked(types), limit)
    assert row is not None
    return _read(row, facts, limit)


def since_with_rows(table: str) -> str:
    """The statement of `since`, with the rows of this view."""
    return statement("follow/since_with_rows").format(since=statement("follow/since"), table=table)


async def since_of_view(
    db: "Database",
    query: str,
    follower: str,
    prefix: str,
    types: Iterable[str],
    limit: int,
    pos: int,
    *,
    facts: Mapping[str, Event],
) -> Read:
    """As `since`, by the statement `since_with_rows`."""
    row = await db.fetchrow(query, follower, pos, prefix, asked(types), limit)
    assert row is not None
    *found, rows = row
    return _read(found, facts, limit)._replace(rows=rows or ())


def _read(row: Iterable[Any], facts: Mapping[str, Event], limit: int) -> Read:
    stored, building, upto, *arrays = row
    found, reached = _reached(arrays, facts, limit, upto)
    return Read(stored, building, upto, found, reached)


async def beside(db: "Database", pos: int, upto: int, limit: int) -> tuple[list[Entry], int]:
    """As `after`, for all streams beside cases, each entry with its event."""
    return _reached(await db.fetchrow(statement("follow/beside"), pos, upto, limit), NONE_BARE, limit, upto)


def _reached(
    arrays: Iterable[Any] | None, facts: Mapping[str, Event], limit: int, upto: int
) -> tuple[list[Entry], int]:
    assert arrays is not None
    found = entries(arrays, facts)
    return found, (found[-1].pos if len(found) == limit else upto)
