"""Chief representatives of the demonstration: the report's figures come out of real grants and events."""

import json
from collections import Counter
from datetime import date
from typing import Any

import pytest

from contracts.reference import DelegationGranted, DepartmentAdmitted
from services.casework.book import Book
from services.casework.delegations import grant_delegation
from services.casework.representative import install_representative, plan_representative
from services.cli.departments import names
from services.cli.representatives import read_representatives
from services.cli.seed import REPRESENTATIVES
from services.office.chief_representatives import begun, shown
from services.office.decided import Count, Counts
from services.office.register import Installed, Planned
from tests.cli.test_clearing import CATALOGUE, CITY, NOW, ROUNDS, SEEDER, TODAY, published, run

GIVEN = read_representatives(REPRESENTATIVES, CATALOGUE, CITY)


@pytest.fixture(scope="module")
def book() -> Book:
    """After the rounds, and after what each body says, by the acts of the office."""
    found = published()
    for n in range(len(ROUNDS)):
        found = run(found, f"round-{n}", n)
    for one in GIVEN:
        code = one.department.partition(".")[2]
        admitted = DepartmentAdmitted(unit=CITY, code=code, name=names()[code])
        found = found.evolve(f"department/{one.department}", admitted)
        for path, body in one.posts:
            content, act = json.dumps(body), path.rpartition("/")[2]
            who = {"by": SEEDER, "at": NOW, "book": found}
            if act == "delegations":
                grant = DelegationGranted.model_validate_json(content)
                for event in grant_delegation(**who, key=code, grant=grant):
                    found = found.evolve(f"delegation/{code}", event)
            elif act == "plan-representative":
                said = Planned.model_validate_json(content)
                for event in plan_representative(**who, department=one.department, **dict(said)):
                    found = found.evolve(f"department/{one.department}", event)
            else:
                hung = Installed.model_validate_json(content)
                for event in install_representative(**who, department=one.department, **dict(hung)):
                    found = found.evolve(f"department/{one.department}", event)
    return found


def said_of(book: Book, day: date, cases: dict[str, Counts] | None = None, unit: str | None = None) -> dict[str, Any]:
    """Where every case of every body is."""
    bodies = begun(book, day, unit)
    return shown(book, day, bodies, dict.fromkeys(bodies, (Count(), Count())) | (cases or {}), named=True)


def test_seven_bodies_have_a_chief_representative_and_four_are_preparing(book: Book) -> None:
    said = said_of(book, TODAY)
    assert said["standings"] == {"admitted": 0, "preparing": 4, "granted": 0, "hung_out": 7}
    assert all(one["illustrative"] for one in said["bodies"])


def test_each_was_hung_out_as_it_was_ready(book: Book) -> None:
    days = [date(2007, 7, 1), date(2007, 7, 2), date(2007, 7, 31), date(2007, 10, 1)]
    assert [said_of(book, day)["standings"]["hung_out"] for day in days] == [0, 1, 5, 7]
    signs = [day for one in begun(book, TODAY).values() if (day := one.hung_out) is not None]
    assert all(day.isoweekday() == 1 for day in signs)
    assert max(Counter(signs).values()) == 1


def test_their_46_items_lost_92_steps_and_went_from_17_7_to_10_days(book: Book) -> None:
    items = said_of(book, TODAY)["total"]["items"]
    assert (items["items"], items["re_engineered"]) == (46, 46)
    assert items["steps_before"] - items["steps_after"] == 92
    assert (items["average_days_before"], items["average_days_after"]) == (17.7, 10.0)
    assert items["illustrative"]


def test_cases_of_those_whose_sign_hangs_add_up_and_others_do_not_count_among_them(book: Book) -> None:
    land, health, environment = (f"{CITY}.{code}" for code in ("land", "health", "environment"))
    cases: dict[str, Counts] = {
        land: (Count(4, overdue=2), Count(2, under_grant=2, on_the_spot=1)),
        health: (Count(), Count(2, under_grant=1)),
        environment: (Count(100, overdue=50), Count()),
    }
    said = said_of(book, TODAY, cases)
    total = said["total"]
    assert (total["cases_before"]["decided"], total["cases_before"]["overdue_share"]) == (4, 50.0)
    assert (total["cases_after"]["decided"], total["cases_after"]["under_grant_share"]) == (4, 75.0)
    bodies = {one["department"]: one for one in said["bodies"]}
    assert bodies["environment"]["cases_before"]["overdue"] == 50
    assert bodies["health"]["cases_before"]["overdue_share"] is None
    assert bodies["quality"]["cases_after"]["decided"] == 0
    assert said_of(book, TODAY, unit="340403")["bodies"] == []


def test_a_body_whose_cases_are_elsewhere_has_its_days_and_no_figures(book: Book) -> None:
    bodies = begun(book, TODAY)
    here = {key: (Count(), Count(3, under_grant=3)) for key in bodies if key in (f"{CITY}.land", f"{CITY}.health")}
    said = shown(book, TODAY, bodies, here, named=False)
    assert said["total"]["cases_after"]["decided"] == 6
    assert said["standings"] == said_of(book, TODAY)["standings"]
    assert not any("person" in one for one in said["bodies"])
    for one in said["bodies"]:
        assert (one["cases_after"] is None) == (one["department"] not in ("land", "health"))
        assert (one["cases_before"] is None) == (one["cases_after"] is None)
        assert one["days"]["preparing"]
