"""Totals of the receipt log under our map, from the file alone.

`python receipt_totals.py [FILE]` prints one JSON object. It shares no code with the product, so that the two can
disagree. The map, ours: Group 1 and EMPTY are the township, Group 3 the city, every other group the district.

A move is a row whose tier differs from the tier of the row before it in the same case, by time (rows of one instant
stay in the file's order); a jump of two tiers is one move. The return that closes a case is not counted.
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
    rows: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    ended: dict[str, bool] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            case = row["case:concept:name"]
            tier = TIERS.get(row["org:group"], DISTRICT)
            rows[case].append((datetime.fromisoformat(row["time:timestamp"]), tier))
            ended[case] = bool(row["case:enddate"])
    up = down = exactly = 0
    highest = {TOWNSHIP: 0, DISTRICT: 0, CITY: 0}
    for case in rows.values():
        case.sort(key=lambda row: row[0])
        way = [tier for tier, _ in groupby(tier for _, tier in case)]
        up += sum(after > before for before, after in pairwise(way))
        down += sum(after < before for before, after in pairwise(way))
        exactly += way == THERE_AND_BACK
        highest[max(way)] += 1
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
    }


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("receipt.csv.gz")
    print(json.dumps(totals(Path(given))))
