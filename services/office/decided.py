"""Decided cases by body and day: rows kept by whoever follows the cases, and the counts over them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from services.casework.book import Book
from services.casework.case import Case
from services.casework.decided import decided
from services.runtime.projector import add_tallies
from services.runtime.statements import statements

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

    from services.runtime.companion import Connected

statement = statements(__file__)
TABLE = "decided"
BODY = "body"
"""Name of its count."""


@dataclass(frozen=True, slots=True)
class DecidedRow:
    """A row of table `decided`. `body` is `<unit>.<department>`."""

    stream: str
    body: str
    day: date
    under_grant: bool
    on_the_spot: bool
    overdue: bool

    @property
    def key(self) -> str:
        """What it is counted under."""
        how = "grant" if self.under_grant else "own"
        where, when = "spot" if self.on_the_spot else "later", "late" if self.overdue else "timely"
        return f"{self.body}/{self.day.isoformat()}/{how}/{where}/{when}"


COLUMNS = [field.name for field in fields(DecidedRow)]


def decided_row(case: Case, book: Book) -> DecidedRow | None:
    """None while the case is not decided."""
    found = decided(case, book)
    if found is None:
        return None
    body = f"{found.unit}.{found.department}"
    return DecidedRow(case.number, body, found.day, found.under_grant, found.on_the_spot, found.overdue)


async def keep(connection: "Connected", streams: list[str], cases: Iterable[Case], book: Book) -> None:
    """Write the rows of these cases anew, and the differences that they make to the counts."""
    rows = [row for case in cases if (row := decided_row(case, book)) is not None]
    before = await connection.fetch(statement("decided_replaced"), streams)
    if rows:
        await connection.copy_records_to_table(TABLE, records=[astuple(row) for row in rows], columns=COLUMNS)
    counted = Counter(row.key for row in rows)
    counted.subtract(DecidedRow(**row).key for row in before)
    await add_tallies(connection, TABLE, {(BODY, key): n for key, n in counted.items() if n})


@dataclass(frozen=True, slots=True)
class Count:
    """Decided cases: all, under a grant of a chief representative, concluded on the spot, and decided too late."""

    decided: int = 0
    under_grant: int = 0
    on_the_spot: int = 0
    overdue: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def json(self) -> dict[str, Any]:
        """With the shares in per cent, two decimals; None where nothing was decided."""
        said = {name: getattr(self, name) for name in ("under_grant", "on_the_spot", "overdue")}
        every = self.decided
        shares = {f"{name}_share": round(100 * n / every, 2) if every else None for name, n in said.items()}
        return {"decided": every, **said, **shares}


Counts = tuple[Count, Count]
"""Before a day, and from it on."""


async def counts(pool: "Pool[Record]", since: Mapping[str, date | None]) -> dict[str, Counts]:
    """By body, of the cases in this service's log: those decided before the day beside it, and since. Nothing of a body
    that decided nothing."""
    days: Sequence[str | None] = [day.isoformat() if day else None for day in since.values()]
    found: dict[str, Counts] = {}
    for row in await pool.fetch(statement("decided_counts"), list(since), days):
        n = row["n"]
        one = Count(n, n * row["under_grant"], n * row["on_the_spot"], n * row["overdue"])
        before, after = found.get(row["body"], (Count(), Count()))
        found[row["body"]] = (before, after + one) if row["after"] else (before + one, after)
    return found
