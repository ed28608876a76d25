"""How the time of each open case stands: a view over cases and the calendar, one row a case in which a limit runs.

Lists show lights from its instants, boards from their counts, and the law's clock sleeps until its next one. Beside it
the same follower keeps what is counted of decided cases (`decided`).
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import TYPE_CHECKING

import structlog

from services.casework.book import Book
from services.casework.case import Case, holder
from services.casework.lapse import changed_while_suspended, next_due
from services.casework.moment import local_day
from services.casework.outlook import light_at, outlook
from services.office import decided
from services.office.book_keeper import BookKeeper, CalendarChange
from services.runtime.checkpoint import Checkpoint
from services.runtime.fold import Loaded
from services.runtime.projector import add_tallies
from services.runtime.statements import statements
from services.runtime.streams import Streams
from services.runtime.tide import Tide
from services.runtime.turns import take_turns

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

    from services.runtime.companion import Connected

statement = statements(__file__)
log = structlog.get_logger(__name__)
NAME = "deadlines"
"""Of the follower."""
TABLE = "deadline"
LIGHT, ACKNOWLEDGE = "light", "acknowledge"
"""Names of its counts: of the limit of a case that ends first, and of referrals that nobody acknowledged yet."""
UNKNOWN = "unknown"
"""The clock of a case whose item has not arrived here yet; it is looked at again when the book changes."""
PAGE = 500
AHEAD = 50_000
"""Positions that one statement looks through at most for the last events of cases: some tenths of a second."""
LOOK_EVERY = 0.5
GATHER = 0.25
"""Seconds between two batches: limits are counted in days, and under load one batch serves many acts."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A row of table `deadline`."""

    stream: str
    seq: int
    holder: str
    clock: str
    due: datetime | None
    amber: datetime | None
    paused: bool
    frozen: datetime | None
    provisional: bool
    wake: datetime | None
    acknowledge_due: datetime | None = None
    acknowledge_amber: datetime | None = None


COLUMNS = [field.name for field in fields(Deadline)]
_values = attrgetter(*COLUMNS)


def deadline(
    loaded: Loaded[Case], book: Book, own: frozenset[str], changes: Sequence[CalendarChange]
) -> Deadline | None:
    """The row of a case; None when no limit runs. One that a unit of `own` holds wakes at once for a calendar that
    changed while it was on its way or suspended, else at the next instant after its last event at which the clock acts
    or a light changes."""
    case = loaded.state
    if book.item(case.item, case.item_version) is None:
        return Deadline(case.number, loaded.seq, holder(case), UNKNOWN, None, None, False, None, False, None)
    found = outlook(case, book)
    if found.clock is None:
        return None
    wake: datetime | None = None
    if holder(case) in own:
        wake = case.last_time if missed(case, changes) else next_due(case, book, case.last_time)
    return Deadline(
        case.number,
        loaded.seq,
        holder(case),
        found.clock,
        found.due,
        found.amber,
        found.paused,
        found.frozen,
        found.provisional,
        wake,
        found.acknowledge_due,
        found.acknowledge_amber,
    )


def missed(case: Case, changes: Sequence[CalendarChange]) -> list[CalendarChange]:
    """What changed of the calendar while nothing could be journalled, and may still have to be: while time was
    suspended that counts again; and, in the life of a case that came from elsewhere, what does not stand in its
    journal, since it may have been on its way, or with a service that had not read the change, when all others were
    gone through. Nothing for history from a file."""
    times = case.times
    if times.importing or times.stay.arrived is None:
        return []
    journalled = {version for version, _, _ in times.recomputed}
    moved = len(times.stays) > 1
    return [
        change
        for change in changes
        if changed_while_suspended(times, change.read)
        or (moved and change.recorded >= times.received and change.version not in journalled)
    ]


def light_counts(rows: Iterable[Deadline]) -> Counter[tuple[str, str]]:
    """How many rows have each light, and how many each light of a referral that waits to be acknowledged, by (name of
    the count, key)."""
    counted: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row.clock != UNKNOWN:
            counted[LIGHT, light_key(row.holder, row.due, row.amber, row.paused, row.frozen)] += 1
        if row.acknowledge_due is not None:
            key = light_key(row.holder, row.acknowledge_due, row.acknowledge_amber, False, row.frozen)
            counted[ACKNOWLEDGE, key] += 1
    return counted


def light_key(holder: str, due: datetime | None, amber: datetime | None, paused: bool, frozen: datetime | None) -> str:
    """What of a row decides a light on any day: a count over these keys is all that a board needs, however many cases
    there are. Amber and red begin at the beginning of a day."""
    if frozen is not None:
        return f"{holder}/{light_at(due, amber, paused, frozen)}/-/-"
    days = (local_day(at).isoformat() if at else "-" for at in (amber, due))
    return "/".join((holder, "paused" if paused else "green", *days))


def lights(counts: Iterable[tuple[str, int]], today: date) -> dict[str, Counter[str]]:
    """By holder, how many open cases show each light on this local day, from the counts by `light_key`."""
    found: dict[str, Counter[str]] = {}
    said = today.isoformat()
    for key, n in counts:
        unit, light, amber, due = key.split("/")
        if due != "-" and due <= said:
            light = "red"
        elif amber != "-" and amber <= said:
            light = "amber"
        found.setdefault(unit, Counter())[light] += n
    return found


class Deadlines:
    """Follows the log. The law's clock acts on cases that units of `own` hold. `shown` tells how far it is; `changed`
    is set whenever a row may have to be looked at sooner."""

    def __init__(
        self,
        pool: "Pool[Record]",
        tide: Tide,
        streams: Streams[Case],
        keeper: BookKeeper,
        own: frozenset[str],
    ) -> None:
        self.own = own
        self.shown = Checkpoint(NAME)
        self.changed = asyncio.Event()
        self._pool = pool
        self._tide = tide
        self._streams = streams
        self._keeper = keeper
        self._book: Book | None = None
        self._behind = False
        """There was more to look at than one batch."""

    async def run(self) -> None:
        """Follow for ever: a case that is passed over would never lapse."""

        async def turn() -> None:
            if await self.step() and not self._behind:
                await asyncio.sleep(GATHER)
            await self._tide.past(self.shown.pos, LOOK_EVERY)

        await take_turns(NAME, turn)

    async def step(self) -> bool:
        """Look at one batch of cases that changed; False when there were none."""
        async with self._pool.acquire() as connection, connection.transaction():
            pos, upto = await self.shown.begin(connection)
            if self._keeper.book is not self._book:
                book = self._keeper.book
                unknown = await connection.fetch(statement("deadlines_unknown"), UNKNOWN)
                await self.refresh(connection, [row["stream"] for row in unknown])
                self._book = book
            if upto <= pos:
                self.shown.passed(pos)
                return False
            found = await self._changed(connection, pos, upto)
            # What is counted by must be at least as new as what is counted.
            await self._keeper.known.reach(upto)
            await self.refresh(connection, found["streams"] or [])
            await self.shown.advance(connection, found["reached"])
        self._behind = found["reached"] < upto
        self.shown.passed(found["reached"])
        return True

    async def _changed(self, connection: "Connected", pos: int, upto: int) -> "Record":
        """(streams, reached): the next cases to look at, and how far these go."""
        building = self.shown.building
        if building is None or building.of <= pos:
            found = await connection.fetchrow(statement("changed_cases"), pos, upto, PAGE)
        else:
            end = min(building.of, upto, pos + AHEAD)
            found = await connection.fetchrow(statement("last_of_cases"), pos, end, PAGE, building.of)
        assert found is not None
        return found

    async def refresh(self, connection: "Connected", streams: Iterable[str]) -> dict[str, Loaded[Case]]:
        """Write the rows of these cases anew; the cases."""
        names = list(streams)
        if not names:
            return {}
        loaded = await self._streams.load_many(names)
        book, changes = self._keeper.book, self._keeper.changes
        rows = [row for case in loaded.values() if (row := deadline(case, book, self.own, changes)) is not None]
        before = await connection.fetch(statement("deadlines_replaced"), names)
        await connection.copy_records_to_table(TABLE, records=list(map(_values, rows)), columns=COLUMNS)
        counted = light_counts(rows)
        counted.subtract(light_counts(Deadline(**row) for row in before))
        await add_tallies(connection, TABLE, {key: n for key, n in counted.items() if n})
        await decided.keep(connection, names, (one.state for one in loaded.values()), book)
        if any(row.wake is not None for row in rows):
            self.changed.set()
        return loaded
