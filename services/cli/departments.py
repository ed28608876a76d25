"""Which bodies a centre needs for its items: those that decide there."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

NAMES = Path(__file__).parents[2] / "deploy" / "data" / "departments.csv"
Body = dict[str, Any]


def admissions(units: Sequence[Body], items: Sequence[Body]) -> list[tuple[str, Body]]:
    """Bodies of POST /departments, each with the unit that keeps the register: itself, for a township its district.

    `units` and `items` are the bodies of POST /units and /items. A department is needed where one of its items is in
    the catalogue and may be decided: elsewhere nobody has anything to grant.
    """
    parents = {str(unit["code"]): unit.get("parent") for unit in units}
    tiers = {str(unit["code"]): unit["tier"] for unit in units}
    needed = {
        (unit, str(item["department"]))
        for unit, tier in tiers.items()
        for item in items
        if tier in item["decidable_on"]
        and any(point["tier"] == tier for point in item["points"])
        and (item.get("unit") is None or item["unit"] in _lineage(unit, parents))
    }
    named = [(unit, {"unit": unit, "code": code, "name": names().get(code, code)}) for unit, code in sorted(needed)]
    return [
        (next(above for above in _lineage(unit, parents) if tiers[above] != "township"), body) for unit, body in named
    ]


def _lineage(unit: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    above: str | None = unit
    while above is not None and above in parents:
        yield above
        above = parents[above]


@cache
def names() -> Mapping[str, str]:
    """By code."""
    with NAMES.open(encoding="utf-8", newline="") as text:
        return {row["code"]: row["name"] for row in csv.DictReader(text)}
