"""Chief representatives of the demonstration: seven bodies with a sign, four preparing, as the report counts them.

The report says how many there were, not which: `chief-representatives.csv` is made up to fit, and every body made of it
says so.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.cli.refusing import Cannot

Body = dict[str, Any]
POWERS = ("decide_on_the_spot", "sign", "coordinate", "supervise_and_chase", "answer_and_interpret", "issue")
LAST = "2099-12-31"
"""A grant that is over grants nothing, so those of the demonstration go on."""


@dataclass(frozen=True, slots=True)
class Representative:
    """Of the body `<unit>.<code>`. `posts`: path and body of each POST, in their order; then its sign hangs, or it
    prepares."""

    department: str
    hung_out: bool
    posts: tuple[tuple[str, Body], ...]


def read_representatives(file: Path, items: Sequence[Body], city: str) -> list[Representative]:
    """In the file's order. `items`: bodies of POST /items; a grant is over the committed ones among them. Raises
    Cannot."""
    with file.open(encoding="utf-8", newline="") as text:
        found = list(csv.DictReader(text))
    if missing := {"department", "planned_on", "hung_out_on"} - set(found[0] if found else ()):
        raise Cannot(f"{file} lacks the columns {', '.join(sorted(missing))}.")
    return [_representative(row, items, city) for row in found]


def _representative(row: dict[str, str], items: Sequence[Body], city: str) -> Representative:
    department = f"{city}.{row['department']}"
    return Representative(department, bool(row["hung_out_on"]), tuple(_posts(row, department, items, city)))


def _posts(row: dict[str, str], department: str, items: Sequence[Body], city: str) -> Iterator[tuple[str, Body]]:
    code, path = row["department"], f"departments/{department}"
    yield f"{path}/plan-representative", {"planned_on": row["planned_on"], "illustrative": True}
    if day := row["hung_out_on"]:
        person = f"{code}.chief"
        mine = [item["code"] for item in items if (item["department"], item["type"]) == (code, "committed")]
        grant = {"unit": city, "department": code, "person": person, "items": mine, "powers": POWERS}
        document = {"document": f"illustrative-{day[:4]}-{code}", "illustrative": True}
        yield "delegations", {**grant, **document, "valid_from": day, "valid_to": LAST}
        yield f"{path}/install-representative", {"person": person, "installed_on": day, "illustrative": True}
