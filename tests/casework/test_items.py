"""The catalogue: an item's versions follow each other day by day, and a case keeps the one it was received under."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.reference import ItemPublished, ItemRetired, ItemRevised, ItemStep, Route
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Phase
from services.casework.disclosures import TITLES, disclosures
from services.casework.items import periods, publish_item, retire_item, revise_item
from services.casework.refusals import Conflict, Forbidden, Refusal, Unlawful
from services.office.items import catalogue, shown_item, shown_versions
from tests.office.story import (
    BOOK,
    CITY,
    CLERK,
    DISTRICT,
    LICENCE,
    MORNING,
    OTHER_DISTRICT,
    TOWNSHIP,
    VILLAGE_ONLY,
    item_published,
    received,
)

MANAGER = Actor("manager", CITY, None, frozenset({"catalogue_manager"}))
DISTRICT_MANAGER = Actor("manager", DISTRICT, None, frozenset({"catalogue_manager"}))
HISTORIAN = Actor("manager", CITY, None, frozenset({"catalogue_manager", "integrator"}))
TODAY = date(2026, 11, 23)
"""Monday; MORNING lies on it."""
Change = dict[str, Any]


def revision(key: str = LICENCE, book: Book = BOOK, **differs: Any) -> ItemRevised:
    """The next version of the item: the newest one, three days long."""
    newest = book.items[key].newest
    content = {**dict(newest), "item_version": newest.item_version + 1, "ground": "faster", "committed_days": 3}
    return ItemRevised.model_validate({**content, "valid_from": None, "clearance": None, **differs})


def revised(key: str = LICENCE, book: Book = BOOK, **differs: Any) -> Book:
    return book.evolve(f"item/{key}", revision(key, book, **differs))


def retired(on: date, key: str = LICENCE, book: Book = BOOK) -> Book:
    return book.evolve(f"item/{key}", ItemRetired(ground="merged", retired_on=on))


def revising(
    by: Actor = MANAGER, book: Book = BOOK, key: str = LICENCE, of: str | None = None, **differs: Any
) -> list[ItemRevised]:
    new = revision(of or (key if key in book.items else LICENCE), book, **differs)
    return revise_item(by=by, at=MORNING, book=book, key=key, revision=new)


def retiring(by: Actor = MANAGER, book: Book = BOOK, key: str = LICENCE, on: date | None = None) -> list[ItemRetired]:
    return retire_item(by=by, at=MORNING, book=book, key=key, ground="merged", retired_on=on)


def test_a_revision_is_in_force_from_today_unless_it_says_another_day() -> None:
    assert revising() == [revision(valid_from=TODAY)]
    assert revising(valid_from=date(2027, 1, 1)) == [revision(valid_from=date(2027, 1, 1))]


def test_the_same_revision_again_writes_nothing() -> None:
    book = revised(valid_from=TODAY)
    assert revise_item(by=MANAGER, at=MORNING, book=book, key=LICENCE, revision=revision(valid_from=TODAY)) == []
    later = MORNING + timedelta(days=3)
    assert revise_item(by=MANAGER, at=later, book=book, key=LICENCE, revision=revision()) == []


def test_a_district_revises_its_own_item_and_the_city_only_the_citys() -> None:
    assert revising(DISTRICT_MANAGER, key=VILLAGE_ONLY)
    with pytest.raises(Forbidden) as refusal:
        revising(MANAGER, key=VILLAGE_ONLY)
    assert refusal.value.code == "own_catalogue"


def test_an_importer_of_history_may_say_a_day_gone_by() -> None:
    assert revising(HISTORIAN, valid_from=date(2007, 9, 1))[0].valid_from == date(2007, 9, 1)


TWICE = revised(valid_from=date(2027, 1, 1))
WRONG: dict[str, tuple[Callable[[], object], type[Refusal], str]] = {
    "a clerk": (lambda: revising(CLERK), Forbidden, "role_missing"),
    "a district's manager, the city's item": (lambda: revising(DISTRICT_MANAGER), Forbidden, "own_catalogue"),
    "a unit that is not there": (
        lambda: revising(Actor("m", "349999", None, frozenset({"catalogue_manager"}))),
        Unlawful,
        "unit_unknown",
    ),
    "an unknown item": (lambda: revising(key="unheard-of"), Unlawful, "item_unknown"),
    "another item's content": (lambda: revising(of="birth-certificate"), Unlawful, "item_differs"),
    "the city's content for another catalogue": (lambda: revising(unit=DISTRICT), Unlawful, "item_differs"),
    "a version left out": (lambda: revising(item_version=3), Unlawful, "version_gap"),
    "the first version again, otherwise": (lambda: revising(item_version=1), Unlawful, "item_version_used"),
    "a version that stands, otherwise": (
        lambda: revising(book=TWICE, item_version=2, committed_days=2),
        Unlawful,
        "item_version_used",
    ),
    "two versions on one day": (
        lambda: revising(book=TWICE, valid_from=date(2027, 1, 1)),
        Unlawful,
        "versions_overlap",
    ),
    "a version before the one that is to come": (lambda: revising(book=TWICE), Unlawful, "versions_overlap"),
    "a day gone by": (lambda: revising(valid_from=date(2026, 11, 22)), Unlawful, "version_for_the_past"),
    "a promise above the law's limit": (lambda: revising(committed_days=21), Unlawful, "committed_above_statutory"),
    "a promise above the law's limit and the review": (
        lambda: revising(committed_days=41, route=Route(receives="township", reviews="district", decides="city")),
        Unlawful,
        "committed_above_statutory",
    ),
    "a retired item": (lambda: revising(book=retired(date(2027, 1, 1))), Unlawful, "item_retired"),
    "retiring as a clerk": (lambda: retiring(CLERK), Forbidden, "role_missing"),
    "retiring another's item": (lambda: retiring(DISTRICT_MANAGER), Forbidden, "own_catalogue"),
    "retiring an unknown item": (lambda: retiring(key="unheard-of"), Unlawful, "item_unknown"),
    "retiring for a day gone by": (lambda: retiring(on=date(2026, 11, 22)), Unlawful, "retired_for_the_past"),
    "retiring twice": (lambda: retiring(book=retired(TODAY)), Conflict, "item_retired_already"),
    "a first version that is not the first": (
        lambda: publish_item(by=MANAGER, book=BOOK, item=item_published("new", item_version=2)),
        Unlawful,
        "first_version",
    ),
}


@pytest.mark.parametrize(("act", "kind", "code"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused_in_both_languages(act: Callable[[], object], kind: type[Refusal], code: str) -> None:
    with pytest.raises(kind) as refusal:
        act()
    assert refusal.value.code == code
    assert refusal.value.zh
    assert refusal.value.en
    assert "{" not in refusal.value.zh + refusal.value.en


def test_a_promise_may_use_the_lower_bodys_review_besides_the_law() -> None:
    reviewed = Route(receives="township", reviews="district", decides="city")
    assert revising(committed_days=40, route=reviewed)


def test_a_case_is_received_under_the_version_of_its_day_and_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.office.story.BOOK", revised(valid_from=date(2026, 11, 25)))
    days = [MORNING + timedelta(days=n) for n in (0, 1, 2, 3)]
    assert [received(at=at).case.item_version for at in days] == [1, 1, 2, 2]
    late = received(at=datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC))
    assert late.case.item_version == 1, "one second before midnight in the office"


def test_an_item_that_is_not_in_force_yet_or_any_more_takes_no_case(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = BOOK.evolve("item/planned", item_published("planned", valid_from=date(2026, 11, 24)))
    monkeypatch.setattr("tests.office.story.BOOK", retired(date(2026, 11, 24), book=planned))
    assert received(item="planned", at=MORNING + timedelta(days=1)).case.item_version == 1
    for item, at, code in (
        ("planned", MORNING, "item_not_yet"),
        (LICENCE, MORNING + timedelta(days=1), "item_retired"),
    ):
        with pytest.raises(Unlawful) as refusal:
            received(item=item, at=at)
        assert refusal.value.code == code


def test_a_retired_item_is_still_decided_for_those_who_applied() -> None:
    running = replace(received(), book=retired(TODAY))
    assert running.when(CLERK, "accept").case.phase is Phase.ACCEPTED


def test_versions_share_no_day_and_leave_none_out() -> None:
    book = revised(valid_from=date(2027, 1, 1))
    book = revised(book=book, committed_days=2, valid_from=date(2027, 3, 1))
    book = retired(date(2027, 7, 1), book=book)
    found = [(version.item_version, first, last) for version, first, last in periods(book.items[LICENCE])]
    assert found == [
        (1, None, date(2026, 12, 31)),
        (2, date(2027, 1, 1), date(2027, 2, 28)),
        (3, date(2027, 3, 1), date(2027, 6, 30)),
    ]


def test_a_version_that_would_begin_after_the_items_end_is_never_in_force() -> None:
    book = retired(date(2026, 12, 1), book=revised(valid_from=date(2027, 1, 1)))
    assert [(v.item_version, last) for v, _, last in periods(book.items[LICENCE])] == [(1, date(2026, 11, 30))]


def test_what_is_shown_of_an_item_is_its_version_of_today() -> None:
    item = revised(valid_from=date(2026, 11, 25)).items[LICENCE]
    assert [shown_item(item, date(2026, 11, day))["committed_days"] for day in (24, 25)] == [5, 3]
    shown = shown_versions(item, TODAY)["versions"]
    assert [(one["item_version"], one["in_force"], one["valid_to"]) for one in shown] == [
        (1, True, "2026-11-24"),
        (2, False, None),
    ]


def test_each_version_makes_all_six_disclosures() -> None:
    step = ItemStep(code="review", name="review", leader="L1", section="s", person="P1", content="look", days=3)
    new = revision(steps=(step,), fee=1000, fee_basis="a tariff")
    said = {one.name: one.says for one in disclosures(new)}
    assert list(said) == list(TITLES)
    assert len(said) == 6
    assert said["procedure"]["steps"][0]["leader"] == "L1"
    assert (said["limits"]["committed_days"], said["limits"]["preliminary_review_days"]) == (3, None)
    assert said["fees"] == {"fen": 1000, "basis": "a tariff"}
    assert said["basis"] == ["a law"]
    assert [material["kind"] for material in said["materials"]] == ["application", "identity", "photo", "household"]
    assert isinstance(BOOK.items[LICENCE].newest, ItemPublished)


def test_a_districts_catalogue_is_its_own_items_and_the_citys() -> None:
    def keys(unit: str, book: Book = BOOK) -> set[str]:
        return {one["key"] for one in catalogue(book, unit, TODAY)}

    assert VILLAGE_ONLY in keys(DISTRICT) & keys(TOWNSHIP)
    assert VILLAGE_ONLY not in keys(OTHER_DISTRICT) | keys(CITY)
    assert LICENCE in keys(OTHER_DISTRICT)
    assert LICENCE not in keys(OTHER_DISTRICT, retired(TODAY))
    points = {one["key"]: one["point"] for one in catalogue(BOOK, TOWNSHIP, TODAY)}
    assert (points[LICENCE], points["birth-certificate"]) == ("entrusted", "agent")
