"""Re-engineering: what the versions of the catalogue say of steps and days, before and after."""

from datetime import date
from typing import Any

from contracts.reference import ItemRetired, ItemRevised, ItemStep
from services.casework.book import Book
from services.casework.reengineering import Line, by_department, changes
from services.office.reengineering import Concluded, shown
from tests.office.story import item_published

DAY = date(2026, 11, 23)
THREE = tuple(ItemStep(code=f"step-{n}", name="a step") for n in range(3))


def catalogue() -> Book:
    """Two items of the market, one of them revised; one of health, and one that is immediate."""
    book = Book()
    for code, differs in (
        ("licence", {"steps": THREE, "committed_days": 10}),
        ("permit", {"steps": THREE, "committed_days": 8}),
        ("check", {"department": "health", "steps": THREE, "committed_days": 6, "illustrative": ("steps",)}),
        ("card", {"department": "health", "type": "immediate", "committed_days": 1}),
    ):
        book = book.evolve(f"item/{code}", item_published(code, **differs))
    return book


def revised(book: Book, key: str, **differs: Any) -> Book:
    newest = book.items[key].newest
    content = {**dict(newest), "item_version": newest.item_version + 1, "ground": "faster", **differs}
    return book.evolve(f"item/{key}", ItemRevised.model_validate(content))


def test_before_is_the_first_version_and_after_the_one_in_force() -> None:
    book = revised(catalogue(), "licence", committed_days=7, valid_from=date(2026, 1, 1))
    book = revised(book, "licence", steps=THREE[:1], committed_days=5, valid_from=DAY)
    book = revised(book, "licence", committed_days=2, valid_from=date(2026, 12, 1))
    line = Line.of(changes(book, DAY))
    assert (line.items, line.committed, line.re_engineered, line.share) == (4, 3, 1, 33.3)
    assert (line.steps_before, line.steps_after, line.days_before, line.days_after) == (3, 1, 10, 5)
    assert line.average_days == (10.0, 5.0)
    assert Line.of(changes(book, date(2026, 12, 1))).days_after == 2


def test_an_item_that_was_never_revised_or_only_rewritten_is_not_re_engineered() -> None:
    book = revised(catalogue(), "licence", name="another name")
    line = Line.of(changes(book, DAY))
    assert (line.re_engineered, line.share, line.average_days) == (0, 0.0, None)


def test_each_department_has_its_own_line_and_the_lines_add_up() -> None:
    book = revised(catalogue(), "licence", committed_days=7)
    book = revised(book, "check", steps=THREE[:2])
    lines = by_department(changes(book, DAY))
    assert {name: (line.items, line.re_engineered) for name, line in lines.items()} == {
        "market": (2, 1),
        "health": (2, 1),
    }
    assert lines["health"].illustrative
    assert not lines["market"].illustrative
    total = Line.of(changes(book, DAY))
    assert total.days_before == sum(line.days_before for line in lines.values())


def test_a_retired_item_is_no_part_of_it() -> None:
    book = catalogue().evolve("item/licence", ItemRetired(ground="merged", retired_on=DAY))
    assert [change.key for change in changes(book, DAY)] == ["card", "check", "permit"]


def test_what_is_concluded_on_the_spot_is_told_by_item_and_department_and_over_all() -> None:
    cases = {"licence": Concluded(3, 3), "permit": Concluded(1, 0), "elsewhere": Concluded(9, 9)}
    said = shown(catalogue(), DAY, cases)
    assert (said["total"]["concluded"], said["total"]["on_the_spot_rate"]) == (4, 75.0)
    rates = {one["department"]: one["on_the_spot_rate"] for one in said["departments"]}
    assert rates == {"health": None, "market": 75.0}
    assert {one["key"]: one["on_the_spot"] for one in said["items"]}["licence"] == 3
    assert {one["key"] for one in said["items"] if one["illustrative"]} == {"check"}
    assert said["note_zh"]
