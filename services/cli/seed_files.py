"""What `sanji seed` posts: units and items from files, the working days of the years from chinesecalendar."""

import csv
import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from chinese_calendar.constants import holidays, workdays

from services.cli.refusing import Cannot
from services.runtime.keys import load_unit_keys, public_keys

DATA = Path(__file__).parents[2] / "deploy" / "data"
FESTIVALS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗日战争胜利 70 周年纪念日",
}
Body = dict[str, Any]


@cache
def calendars() -> tuple[Body, ...]:
    """Bodies of POST /calendars: the State Council's yearly notices (国务院办公厅关于部分节假日安排的通知)."""
    marks: dict[int, list[Body]] = defaultdict(list)
    for days, work in ((holidays, False), (workdays, True)):
        for day, name in days.items():
            marks[day.year].append({"day": day.isoformat(), "work": work, "name": FESTIVALS.get(name, name)})
    return tuple(
        {
            "year": year,
            "calendar_version": f"{year}.1",
            "marks": sorted(found, key=lambda mark: mark["day"]),
            "source": "国务院办公厅关于部分节假日安排的通知 (chinesecalendar 1.11)",
        }
        for year, found in sorted(marks.items())
    )


def read_units(file: Path, keys: Path) -> list[Body]:
    """Bodies of POST /units from the CSV, with each unit's public keys. Raises Cannot, SecretFileError."""
    with file.open(encoding="utf-8", newline="") as text:
        found = list(csv.DictReader(text))
    if missing := {"code", "name", "tier", "parent"} - set(found[0] if found else ()):
        raise Cannot(f"{file} needs the columns code, name, tier and parent; it lacks {', '.join(sorted(missing))}.")
    bodies: list[Body] = []
    for row in found:
        public = public_keys(load_unit_keys(keys, row["code"]))
        body: Body = {name: row[name] for name in ("code", "name", "tier")}
        body |= {"sealing_key": public.sealing, "anchor_key": public.anchor}
        bodies.append(body | ({"parent": row["parent"]} if row["parent"] else {}))
    return bodies


def read_items(file: Path) -> list[Body]:
    """Bodies of POST /items. Raises Cannot."""
    try:
        found: Any = json.loads(file.read_bytes())
        assert isinstance(found, list)
        return [{**body, "code": body["code"]} for body in found]
    except (ValueError, KeyError, TypeError, AssertionError):
        raise Cannot(f"{file} is no JSON list of items, each with a code.") from None
