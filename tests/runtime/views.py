"""A small view over steps and holders, for the tests of those who keep views."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.case import StepStarted
from contracts.events import Event, type_name
from services.runtime.entry import CASES, Entry
from services.runtime.view import ViewRow

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

TABLE = """
create table work (
    stream text collate "C" primary key, seq integer not null, epoch integer not null,
    holder text not null, done text[] not null, last text not null
);
create index work_of_holder on work (holder, stream);
create unique index work_last on work (stream, last) where holder <> 'nobody';
"""


@dataclass(slots=True, kw_only=True)
class WorkRow(ViewRow):
    holder: str
    done: list[str]
    last: str


class WorkView:
    """Implements `services.runtime.view.View`; `broken` makes the fold fail, as a mistake in a view would."""

    name = "work"
    prefix = CASES
    types = frozenset({type_name(StepStarted)})
    facts: Mapping[str, Event] = {}
    row = WorkRow

    def __init__(self) -> None:
        self.broken = False

    def fold(self, row: WorkRow | None, entry: Entry) -> WorkRow:
        if self.broken:
            raise ZeroDivisionError
        if row is None:
            row = WorkRow(stream=entry.stream, seq=0, epoch=0, holder="", done=[], last="")
        if isinstance(entry.event, StepStarted):
            row.done = [*row.done, entry.event.step]
        row.holder, row.last = entry.holder, entry.type
        return row

    def tallies(self, row: WorkRow) -> Iterable[tuple[str, str]]:
        yield "holder", row.holder
        for step in row.done:
            yield "step", step


async def work(pool: "Pool[Record]") -> dict[str, list[str]]:
    """The steps shown of each case."""
    return {row["stream"]: row["done"] for row in await pool.fetch("select stream, done from work")}


async def counts(pool: "Pool[Record]") -> dict[tuple[str, str], int]:
    """All counts of the view that are not nought."""
    rows = await pool.fetch("select name, key, n from tally where view = 'work' and n <> 0")
    return {(row["name"], row["key"]): row["n"] for row in rows}


async def recounted(pool: "Pool[Record]") -> dict[tuple[str, str], int]:
    """The same, counted from the view's rows by the database alone."""
    rows = await pool.fetch(
        "select 'holder' as name, holder as key, count(*) as n from work group by holder "
        "union all select 'step', step, count(*) from work, unnest(done) as step group by step"
    )
    return {(row["name"], row["key"]): row["n"] for row in rows}


OFFICE_VIEWS = Path(__file__).parents[2] / "services" / "office" / "migrations"
