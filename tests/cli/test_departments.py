"""Which bodies `sanji seed` admits to which centres, of the demonstration's own data."""

import csv
import json

from services.cli.clearing import read_catalogue
from services.cli.departments import admissions, names
from services.cli.seed_files import DATA, read_items

ITEMS = [*read_items(DATA / "items.json"), *read_catalogue(DATA / "catalogue.csv")]
with (DATA / "huainan-units.csv").open(encoding="utf-8", newline="") as text:
    UNITS = [{name: value for name, value in row.items() if value} for row in csv.DictReader(text)]
TIER = {unit["code"]: unit["tier"] for unit in UNITS}
ADMITTED = admissions(UNITS, ITEMS)


def test_each_department_of_an_item_has_a_name() -> None:
    assert {item["department"] for item in ITEMS} == set(names())


def test_a_department_is_admitted_once_wherever_one_of_its_items_is_decided() -> None:
    there = [(body["unit"], body["code"]) for _, body in ADMITTED]
    assert len(set(there)) == len(there)
    for item in ITEMS:
        for unit, tier in TIER.items():
            own = item.get("unit") in (None, unit)
            if own and tier in item["decidable_on"] and tier in {point["tier"] for point in item["points"]}:
                assert (unit, item["department"]) in there, json.dumps(item, ensure_ascii=False)
    assert {item["department"] for item in ITEMS} == {code for _, code in there}


def test_a_townships_register_is_kept_by_its_district() -> None:
    parents = {unit["code"]: unit.get("parent") for unit in UNITS}
    assert {TIER[keeper] for keeper, _ in ADMITTED} == {"city", "district"}
    for keeper, body in ADMITTED:
        assert keeper == (parents[body["unit"]] if TIER[body["unit"]] == "township" else body["unit"])


def test_a_districts_own_item_asks_for_nothing_elsewhere() -> None:
    own = {**ITEMS[0], "code": "own", "unit": "340405", "department": "statistics", "decidable_on": ["district"]}
    found = [body for _, body in admissions(UNITS, [own])]
    assert found == [{"unit": "340405", "code": "statistics", "name": "statistics"}]
