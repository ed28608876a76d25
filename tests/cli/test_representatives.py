"""Chief representatives of the demonstration: the report's figures come out of real grants and events."""

import json
from collections import Counter
from datetime import date

import pytest

from contracts.reference import DelegationGranted, DepartmentAdmitted
from services.casework.book import Book
from services.casework.delegation import grant_delegation
from services.casework.representative import install_representative, plan_representative
from services.cli.departments import names
from services.cli.representatives import read_representatives
from services.cli.seed import REPRESENTATIVES
from services.office.chief_representatives import shown, since
from services.office.decided import Count
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


def test_seven_bodies_have_a_chief_representative_and_four_are_preparing(book: Book) -> None:
    said = shown(book, TODAY, {})
    assert said["standings"] == {"admitted": 0, "preparing": 4, "granted": 0, "hung_out": 7}
    assert all(one["illustrative"] for one in said["bodies"])


def test_each_was_hung_out_as_it_was_ready(book: Book) -> None:
    days = [date(2007, 7, 1), date(2007, 7, 2), date(2007, 7, 31), date(2007, 10, 1)]
    assert [shown(book, day, {})["standings"]["hung_out"] for day in days] == [0, 1, 5, 7]
    signs = [day for day in since(book, TODAY).values() if day is not None]
    assert all(day.isoweekday() == 1 for day in signs)
    assert max(Counter(signs).values()) == 1


def test_their_46_items_lost_92_steps_and_went_from_17_7_to_10_days(book: Book) -> None:
    items = shown(book, TODAY, {})["total"]["items"]
    assert (items["items"], items["re_engineered"]) == (46, 46)
    assert items["steps_before"] - items["steps_after"] == 92
    assert (items["average_days_before"], items["average_days_after"]) == (17.7, 10.0)
    assert items["illustrative"]


def test_cases_of_those_whose_sign_hangs_add_up_and_others_do_not_count_among_them(book: Book) -> None:
    land, health, environment = (f"{CITY}.{code}" for code in ("land", "health", "environment"))
    cases = {
        land: (Count(4, overdue=2), Count(2, under_grant=2, on_the_spot=1)),
        health: (Count(), Count(2, under_grant=1)),
        environment: (Count(100, overdue=50), Count()),
    }
    said = shown(book, TODAY, cases)
    total = said["total"]
    assert (total["cases_before"]["decided"], total["cases_before"]["overdue_share"]) == (4, 50.0)
    assert (total["cases_after"]["decided"], total["cases_after"]["under_grant_share"]) == (4, 75.0)
    bodies = {one["department"]: one for one in said["bodies"]}
    assert bodies["environment"]["cases_before"]["overdue"] == 50
    assert bodies["health"]["cases_before"]["overdue_share"] is None
    assert bodies["quality"]["cases_after"]["decided"] == 0
    assert shown(book, TODAY, cases, "340403")["bodies"] == []
