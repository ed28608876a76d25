"""How the time of each open case stands: a view over cases and the calendar, one row a case that is held here.

Lists show lights from its instants, and the law's clock sleeps until its next one.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from services.casework.book import Book
from services.casework.case import Case, holder
from services.casework.lapse import next_due
from services.casework.outlook import outlook
from services.office.book_keeper import BookKeeper, CalendarChange
from services.runtime.database import DATABASE_AWAY
from services.runtime.fold import Loaded
from services.runtime.statements import statement as runtime
from services.runtime.statements import statements
from services.runtime.streams import Streams
from services.runtime.tide import Tide

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

    from services.runtime.companion import Connected

statement = statements(__file__)
log = structlog.get_logger(__name__)
NAME = "deadlines"
PAGE = 500
LOOK_EVERY = 0.5


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


COLUMNS = [field.name for field in fields(Deadline)]


def deadline(loaded: Loaded[Case], book: Book, missed: Sequence[CalendarChange] = ()) -> Deadline | None:
    """The row of a case; None when no limit runs. It wakes at once for a calendar that changed while the case was on
    its way (`missed`), else at the next instant after its last event at which the clock acts or a light changes."""
    case = loaded.state
    found = outlook(case, book)
    if found.clock is None:
        return None
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
        case.last_time if missed else next_due(case, book, case.last_time),
    )


def missed(case: Case, changes: Sequence[CalendarChange]) -> list[CalendarChange]:
    """What changed of the calendar between the pass of the case to its holder and the arrival there; nothing for
    history from a file."""
    stay = case.times.stay
    if case.times.importing or stay.arrived is None:
        return []
    return [change for change in changes if stay.since <= change.recorded <= stay.arrived]


class Deadlines:
    """Follows the log. `own`: only cases that these units hold have a row; None: all. `shown` tells how far it is;
    `soonest` is set anew whenever a row may have to be looked at sooner."""

    def __init__(
        self,
        pool: "Pool[Record]",
        tide: Tide,
        streams: Streams[Case],
        keeper: BookKeeper,
        own: frozenset[str] | None,
    ) -> None:
        self.shown = Tide()
        self.changed = asyncio.Event()
        self._pool = pool
        self._tide = tide
        self._streams = streams
        self._keeper = keeper
        self._own = own

    async def run(self) -> None:
        """Follow for ever. What fails is said and tried again: a case that is passed over would never lapse."""
        wait = 0.1
        while True:
            try:
                await self.step()
                await self._tide.past(self.shown.pos, LOOK_EVERY)
                wait = 0.1
            except DATABASE_AWAY as error:
                log.warning("view_waits_for_database", view=NAME, error=str(error))
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)
            except Exception:
                log.exception("view_cannot_fold", view=NAME, after=self.shown.pos)
                await asyncio.sleep(wait)
                wait = min(wait * 2, 30.0)

    async def step(self) -> bool:
        """Look at one batch of cases that changed; False when there were none."""
        async with self._pool.acquire() as connection, connection.transaction():
            begun = await connection.fetchrow(runtime("follow/begin"), NAME)
            assert begun is not None
            pos, upto = begun["pos"], begun["upto"]
            if upto <= pos:
                self.shown.rise(pos)
                return False
            found = await connection.fetchrow(statement("changed_cases"), pos, upto, PAGE)
            assert found is not None
            # What is counted by must be at least as new as what is counted.
            await self._keeper.known.reach(upto)
            await self.refresh(connection, found["streams"] or [])
            await connection.execute(runtime("follow/advance"), NAME, found["reached"])
        self.shown.rise(found["reached"])
        return True

    async def refresh(self, connection: "Connected", streams: Iterable[str]) -> dict[str, Loaded[Case]]:
        """Write the rows of these cases anew; the cases."""
        names = list(streams)
        if not names:
            return {}
        loaded = await self._streams.load_many(names)
        book, changes = self._keeper.book, self._keeper.changes
        rows = [
            row
            for case in loaded.values()
            if (self._own is None or holder(case.state) in self._own)
            and (row := deadline(case, book, missed(case.state, changes))) is not None
        ]
        await connection.execute("delete from deadline where stream = any($1::text[])", names)
        await connection.copy_records_to_table("deadline", records=[astuple(row) for row in rows], columns=COLUMNS)
        if any(row.wake is not None for row in rows):
            self.changed.set()
        return loaded
