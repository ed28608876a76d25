"""Totals of the receipt log under our map, from the file alone.

`python receipt_totals.py [FILE]` prints one JSON object. It shares no code with the product, so that the two can
disagree. The map, ours: Group 1 and EMPTY are the township, Group 3 the city, every other group the district.

A move is a row whose tier differs from the tier of the row before it in the same case, by time (rows of one instant
stay in the file's order); a jump of two tiers is one move. The return that closes a case is not counted.

A consultation is a party that is asked: a row T08 asks each party whose row T09 comes before the next T08 of the case,
and the first such row is the answer. A case is suspended once, by its report (T20), if it is ever accepted (T05).
"""

import csv
import gzip
import json
import sys
from collections import defaultdict
from datetime import datetime
from itertools import groupby, pairwise
from pathlib import Path

TOWNSHIP, DISTRICT, CITY = 0, 1, 2
TIERS = {"Group 1": TOWNSHIP, "EMPTY": TOWNSHIP, "Group 3": CITY}
THERE_AND_BACK = [TOWNSHIP, DISTRICT, CITY, DISTRICT, TOWNSHIP]


def totals(path: Path) -> dict[str, int]:
    rows: dict[str, list[tuple[datetime, int, str]]] = defaultdict(list)
    ended: dict[str, bool] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            case = row["case:concept:name"]
            tier = TIERS.get(row["org:group"], DISTRICT)
            code = row["concept:name"].split()[0]
            rows[case].append((datetime.fromisoformat(row["time:timestamp"]), tier, code))
            ended[case] = bool(row["case:enddate"])
    up = down = exactly = asked = answered = suspended = 0
    highest = {TOWNSHIP: 0, DISTRICT: 0, CITY: 0}
    for case in rows.values():
        case.sort(key=lambda row: row[0])
        way = [tier for tier, _ in groupby(tier for _, tier, _ in case)]
        up += sum(after > before for before, after in pairwise(way))
        down += sum(after < before for before, after in pairwise(way))
        exactly += way == THERE_AND_BACK
        highest[max(way)] += 1
        codes = [code for _, _, code in case]
        asked += sum(len(set(filter(is_advice, asking))) for asking in askings(codes))
        answered += answers(codes)
        suspended += "T20" in codes and "T05" in codes
    return {
        "cases": len(rows),
        "activities": sum(map(len, rows.values())),
        "moves_up": up,
        "moves_down": down,
        "reached_city": highest[CITY],
        "reached_district": highest[DISTRICT],
        "stayed": highest[TOWNSHIP],
        "there_and_back": exactly,
        "closed": sum(ended.values()),
        "open": len(rows) - sum(ended.values()),
        "consultations_opened": asked,
        "consultations_answered": answered,
        "suspensions": suspended,
    }


def is_advice(code: str) -> bool:
    return code.startswith("T09")


def askings(codes: list[str]) -> list[list[str]]:
    """What follows each request for advice, up to the next one."""
    asked = [at for at, code in enumerate(codes) if code == "T08"]
    return [codes[at:end] for at, end in pairwise([*asked, len(codes)])]


def answers(codes: list[str]) -> int:
    """Advice that had been asked for and is the first of its party since."""
    waiting: set[str] = set()
    found = 0
    for code in codes:
        if code == "T08":
            waiting = {other for other in codes if is_advice(other)}
        elif code in waiting:
            waiting.discard(code)
            found += 1
    return found


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("receipt.csv.gz")
    print(json.dumps(totals(Path(given))))
