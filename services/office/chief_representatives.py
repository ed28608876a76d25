"""Chief representatives as they are shown: how far each body is, and what became of its cases, steps and days."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from datetime import date
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ConfigDict

from contracts.fields import UnitCode
from services.casework.book import Book
from services.casework.reengineering import Change, Line, changes
from services.casework.representative import Standing, Way, granted_items, ways
from services.office.decided import Count, Counts, counts
from services.office.reengineering import shown_line
from services.office.register import shown_department
from services.runtime.http.problem import Problem

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

NOTE = {
    "zh": "标为 illustrative 的部门，其筹备、授权与挂牌为示意，不是任何部门的实际数据。",
    "en": "Where a body is marked illustrative, its preparing, grants and sign are made up and no office's real data.",
}


class BodiesAsked(BaseModel):
    """`unit`: only the bodies in this centre."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: UnitCode | None = None


async def representatives(
    pool: "Pool[Record]", book: Book, day: date, asked: BodiesAsked, hosted: Set[str] | None, *, named: bool
) -> dict[str, Any]:
    """What `shown` says, from the decided cases of this service. `hosted`: the units all of whose cases it has, None
    where it has everybody's. Raises Problem 404 `unit_unknown`."""
    if asked.unit is not None and asked.unit not in book.units:
        raise Problem(404, "unit_unknown", "There is no such unit.", "没有该单位。")
    bodies = begun(book, day, asked.unit)
    counted = {key: one.hung_out for key, one in bodies.items() if hosted is None or one.unit in hosted}
    nothing = Count(), Count()
    return shown(book, day, bodies, dict.fromkeys(counted, nothing) | await counts(pool, counted), named=named)


def begun(book: Book, day: date, unit: str | None = None) -> dict[str, Way]:
    """The bodies that are anywhere on their way by this local day."""
    return {key: one for key, one in ways(book, day).items() if one.begun and unit in (None, one.unit)}


def shown(
    book: Book, day: date, bodies: Mapping[str, Way], cases: Mapping[str, Counts], *, named: bool
) -> dict[str, Any]:
    """Each of these bodies with its decided cases before its first sign was hung out and since, and the steps and days
    of the items that it granted: those of each item's first version, and of the one in force. `cases`: by body; a body
    that is not among them has no figures here, since a part of its cases would pass for all. `total`: of the bodies
    among them whose sign hangs. `named`: with whose sign it is."""
    found = {change.key: change for change in changes(book, day)}
    items = {key: _granted(book, key, day, found) for key in bodies}
    hung_out = [key for key, one in bodies.items() if one.standing == "hung_out" and key in cases]
    standings = Counter(one.standing for one in bodies.values())
    return {
        "day": day.isoformat(),
        "note": NOTE["en"],
        "note_zh": NOTE["zh"],
        "standings": {standing: standings[standing] for standing in get_args(Standing)},
        "total": _figures(
            {change.key: change for key in hung_out for change in items[key]}.values(),
            [cases[key] for key in hung_out],
        ),
        "bodies": [
            _body(book, key, one, named) | _figures(items[key], [cases[key]] if key in cases else None)
            for key, one in bodies.items()
        ],
    }


def _body(book: Book, key: str, way: Way, named: bool) -> dict[str, Any]:
    said = shown_department(book, key, way)
    return {**said, "department": said.pop("code")} | ({"person": way.person} if named else {})


def _granted(book: Book, key: str, day: date, found: Mapping[str, Change]) -> list[Change]:
    return [found[item] for item in sorted(granted_items(book, key, day)) if item in found]


def _figures(items: Iterable[Change], cases: Iterable[Counts] | None) -> dict[str, Any]:
    said = {"items": shown_line(Line.of(items))}
    if cases is None:
        return {**said, "cases_before": None, "cases_after": None}
    before, after = Count(), Count()
    for one in cases:
        before, after = before + one[0], after + one[1]
    return {**said, "cases_before": before.json(), "cases_after": after.json()}
