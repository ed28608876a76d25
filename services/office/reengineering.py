"""Re-engineering as it is shown: steps and days before and after, and how much is concluded on the spot."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from services.casework.book import Book
from services.casework.reengineering import Change, Line, by_department, changes, cleared, of_clearance
from services.runtime.statements import statements

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

statement = statements(__file__)
NOTE = {
    "zh": "标为 illustrative 的事项，其环节与天数为示意，不是任何部门的实际数据。",
    "en": "Where an item is marked illustrative, its steps and days are made up and no office's real figures.",
}


@dataclass(frozen=True, slots=True)
class Concluded:
    """Cases concluded, and how many of them on the spot."""

    concluded: int = 0
    on_the_spot: int = 0

    @property
    def rate(self) -> float | None:
        """Per cent, with two decimals; None where nothing was concluded."""
        return round(100 * self.on_the_spot / self.concluded, 2) if self.concluded else None

    def __add__(self, other: "Concluded") -> "Concluded":
        return Concluded(self.concluded + other.concluded, self.on_the_spot + other.on_the_spot)

    def json(self) -> dict[str, Any]:
        return {"concluded": self.concluded, "on_the_spot": self.on_the_spot, "on_the_spot_rate": self.rate}


async def concluded(pool: "Pool[Record]") -> dict[str, Concluded]:
    """By item: the concluded cases that this service has in its log, as its view of cases counts them."""
    spot, later = Counter[str](), Counter[str]()
    for row in await pool.fetch(statement("on_the_spot")):
        item, _, how = row["key"].rpartition("/")
        (spot if how == "spot" else later)[item] += row["n"]
    return {item: Concluded(spot[item] + later[item], spot[item]) for item in spot.keys() | later.keys()}


def shown(book: Book, day: date, cases: Mapping[str, Concluded]) -> dict[str, Any]:
    """By item, by department and over all, on this local day. `cleared`: the items that a clearance round ever had
    before it; `clearances`: what each round alone did."""
    found = changes(book, day)
    lines = by_department(found)

    def cases_of(some: Iterable[Change]) -> Concluded:
        return sum((cases.get(change.key, Concluded()) for change in some), Concluded())

    return {
        "day": day.isoformat(),
        "note": NOTE["en"],
        "note_zh": NOTE["zh"],
        "total": {**shown_line(Line.of(found)), **cases_of(found).json()},
        "cleared": shown_line(Line.of(cleared(book, found))),
        "clearances": [
            {
                "clearance": key,
                "unit": clearance.opened.unit,
                "name": clearance.opened.name,
                "stage": clearance.stage,
                **shown_line(of_clearance(book, found, clearance, day)),
            }
            for key, clearance in sorted(book.clearances.items())
        ],
        "departments": [
            {
                "department": department,
                **shown_line(line),
                **cases_of(change for change in found if change.after.department == department).json(),
            }
            for department, line in lines.items()
        ],
        "items": [{**_item(change), **cases_of([change]).json()} for change in found],
    }


def shown_line(line: Line) -> dict[str, Any]:
    before, after = line.average_days or (None, None)
    averages = {"average_days_before": before, "average_days_after": after}
    return {**asdict(line), "share": line.share, **averages}


def _item(change: Change) -> dict[str, Any]:
    return {
        "key": change.key,
        "name": change.after.name,
        "department": change.after.department,
        "type": change.after.type,
        "versions": [change.before.item_version, change.after.item_version],
        "re_engineered": change.re_engineered,
        "steps_before": len(change.before.steps),
        "steps_after": len(change.after.steps),
        "days_before": change.before.committed_days,
        "days_after": change.after.committed_days,
        "illustrative": change.illustrative,
    }
