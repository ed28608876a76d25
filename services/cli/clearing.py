"""The catalogue in the size that the report gives it, and the clearance rounds that made it what it is.

The report tells how many items, steps and days there were, not which: `catalogue.csv` is made up to fit, and every
body made of it says so.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.cli.refusing import Cannot

Body = dict[str, Any]
STEPS: Mapping[str, tuple[str, str]] = {
    "check-papers": ("受理审查", "审查申请材料是否齐全、符合法定形式"),
    "first-review": ("初审", "审查申请内容"),
    "second-review": ("复审", "复核初审意见"),
    "countersign": ("会签", "相关科室会签"),
    "approve": ("审批", "作出决定"),
    "issue": ("制证送达", "制作证件并送达"),
}
"""Code, name and content; what an item with fewer steps lacks is said by LACKING."""
LACKING = ("second-review", "countersign", "first-review")
ON_THE_SPOT = {"check-and-issue": ("当场审查、当场办结", "当场审查并办结")}
IN_SECTION = frozenset({"first-review", "second-review", "countersign", "approve"})
MADE_UP = ["type", "department", "section", "points", "route", "decidable_on", "legal_basis", "steps", "statutory_days"]
SHORTER, SAME = "示意：合并内部环节，缩短承诺时限", "示意：暂无可精简的环节"


@dataclass(frozen=True, slots=True)
class Round:
    """A clearance round: the body of POST /clearances, the forms of each window, and how it ends."""

    name: str
    opening: Body
    windows: Mapping[str, list[Body]]
    """By window: the bodies of its forms."""
    document: str
    valid_from: str


def read_catalogue(file: Path) -> list[Body]:
    """Bodies of POST /items: each item as it was before any round. Raises Cannot."""
    return [_item(row) for row in _rows(file)]


def read_rounds(file: Path, catalogue: Path, items: Sequence[Body], city: str) -> list[Round]:
    """The rounds in this order. `items`: bodies of POST /items, of which a round may have the city's committed ones
    before it besides those of `catalogue`. Raises Cannot."""
    try:
        told: list[Body] = json.loads(file.read_bytes())
        return [_round(one, _rows(catalogue), items, city) for one in told]
    except (ValueError, KeyError, TypeError):
        raise Cannot(f"{file} is no JSON list of clearance rounds.") from None


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        found = list(csv.DictReader(text))
    wanted = {"code", "name", "name_en", "department", "type", "round", "statutory_days"}
    wanted |= {f"{what}_{when}" for what in ("steps", "days") for when in ("before", "after")}
    if missing := wanted - set(found[0] if found else ()):
        raise Cannot(f"{file} lacks the columns {', '.join(sorted(missing))}.")
    return found


def _item(row: Mapping[str, str]) -> Body:
    department = row["department"]
    return {
        **{name: row[name] for name in ("code", "name", "name_en", "department", "type")},
        "tier": "city",
        "section": f"{department}.approval",
        "points": [{"tier": "city", "role": "entrusted"}],
        "route": {"receives": "city", "decides": "city"},
        "decidable_on": ["city"],
        "legal_basis": ["《中华人民共和国行政许可法》"],
        "statutory_days": int(row["statutory_days"]),
        "committed_days": int(row["days_before"]),
        "steps": [_step(code, department, days) for code, days in _before(row).items()],
        "illustrative": [*MADE_UP, "committed_days"],
    }


def _step(code: str, department: str, days: int) -> Body:
    name, content = {**STEPS, **ON_THE_SPOT}[code]
    place = "approval" if code in IN_SECTION else "window"
    who = {"leader": f"{department}.leader", "section": f"{department}.{place}", "person": f"{department}.{place}-1"}
    return {"code": code, "name": name, "content": content, **who, "days": days}


def _codes(count: int) -> list[str]:
    if count == 1:
        return list(ON_THE_SPOT)
    return [code for code in STEPS if code not in LACKING[: len(STEPS) - count]]


def _before(row: Mapping[str, str]) -> dict[str, int]:
    """Working days by step. The steps that the round drops have no more of them than the round saves, so that no
    other step gets longer."""
    before, after = int(row["days_before"]), int(row["days_after"])
    kept, every = _codes(int(row["steps_after"])), _codes(int(row["steps_before"]))
    dropped = [code for code in every if code not in kept]
    days = {code: min(2, (before - after) // len(dropped)) for code in dropped}
    days |= dict(_split(before - sum(days.values()), kept))
    return {code: days[code] for code in every}


def _split(days: int, codes: Sequence[str]) -> Iterator[tuple[str, int]]:
    each, more = divmod(days, len(codes))
    return ((code, each + (n < more)) for n, code in enumerate(codes))


def _form(row: Mapping[str, str]) -> Body:
    before, kept = _before(row), _codes(int(row["steps_after"]))
    after = dict(_split(int(row["days_after"]), kept))
    drops = [code for code in before if code not in kept]
    days = [{"step": code, "days": after[code]} for code in kept if after[code] != before[code]]
    form: Body = {"item": row["code"], "committed_days": int(row["days_after"]), "drops": drops, "days": days}
    return {**form, "ground": SHORTER if drops or days else SAME}


def _round(told: Body, rows: Sequence[Mapping[str, str]], items: Sequence[Body], city: str) -> Round:
    forms: dict[str, list[Body]] = defaultdict(list)
    for row in rows:
        if row["round"] == told["round"]:
            forms[f"{row['department']}.window"].append(_form(row))
    for item in items if told.get("items_of_the_catalogue") else ():
        if item["type"] == "committed" and item.get("unit") is None:
            same = {"item": item["code"], "committed_days": item["committed_days"], "ground": SAME}
            forms[f"{item['department']}.window"].append(same)
    asked = [form["item"] for window in forms.values() for form in window]
    opening = {"unit": city, "name": told["name"], "items": asked, "until": told["until"], "illustrative": True}
    return Round(told["name"], opening, forms, told["document"], told["valid_from"])
