"""Chief representatives as they are shown: how far each body is, and what became of its cases, steps and days."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, get_args

from services.casework.book import Book
from services.casework.reengineering import Change, Line, changes
from services.casework.representative import Standing, Way, granted_items, ways
from services.office.decided import Count, Counts
from services.office.reengineering import shown_line
from services.office.register import shown_department

NOTE = {
    "zh": "标为 illustrative 的部门，其筹备、授权与挂牌为示意，不是任何部门的实际数据。",
    "en": "Where a body is marked illustrative, its preparing, grants and sign are made up and no office's real data.",
}


def since(book: Book, day: date, unit: str | None = None) -> dict[str, date | None]:
    """The bodies that are anywhere on their way by this local day, each with the day of its first sign."""
    begun = {key: one for key, one in ways(book, day).items() if one.begun}
    return {key: one.hung_out for key, one in begun.items() if unit in (None, one.unit)}


def shown(book: Book, day: date, cases: Mapping[str, Counts], unit: str | None = None) -> dict[str, Any]:
    """Each such body with its decided cases before its first sign was hung out and since, and the steps and days of the
    items that it granted: those of each item's first version, and of the one in force. `total`: of the bodies whose
    sign hangs. `cases`: by body, as `decided.counts` gives them for `since`."""
    found = {change.key: change for change in changes(book, day)}
    bodies = {key: one for key, one in ways(book, day).items() if key in since(book, day, unit)}
    items = {key: _granted(book, key, day, found) for key in bodies}
    hung_out = [key for key, one in bodies.items() if one.standing == "hung_out"]
    standings = Counter(one.standing for one in bodies.values())
    return {
        "day": day.isoformat(),
        "note": NOTE["en"],
        "note_zh": NOTE["zh"],
        "standings": {standing: standings[standing] for standing in get_args(Standing)},
        "total": _figures(
            {change.key: change for key in hung_out for change in items[key]}.values(),
            [cases[key] for key in hung_out if key in cases],
        ),
        "bodies": [
            {**_body(book, key, one), **_figures(items[key], [cases[key]] if key in cases else [])}
            for key, one in bodies.items()
        ],
    }


def _body(book: Book, key: str, way: Way) -> dict[str, Any]:
    said = shown_department(book, key, way)
    return {**said, "department": said.pop("code"), "person": way.person}


def _granted(book: Book, key: str, day: date, found: Mapping[str, Change]) -> list[Change]:
    return [found[item] for item in sorted(granted_items(book, key, day)) if item in found]


def _figures(items: Iterable[Change], cases: Iterable[Counts]) -> dict[str, Any]:
    before, after = Count(), Count()
    for one in cases:
        before, after = before + one[0], after + one[1]
    return {"items": shown_line(Line.of(items)), "cases_before": before.json(), "cases_after": after.json()}
