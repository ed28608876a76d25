"""The unit tree and the catalogue."""

from datetime import date

from contracts.reference import ItemRetired, ItemRevised, Route, UnitClosed, UnitRevised, WindowClosed
from services.casework.book import Book, ItemVersion
from tests.office.story import (
    BOOK,
    CITY,
    DISTRICT,
    FORWARDED,
    LICENCE,
    OTHER_DISTRICT,
    OTHER_TOWNSHIP,
    TOWNSHIP,
    VILLAGE,
    VILLAGE_ONLY,
    item_published,
    unit_opened,
)


def item(key: str) -> ItemVersion:
    found = BOOK.item(key)
    assert found is not None
    return found


def test_the_superior_of_a_township_and_its_district_is_the_city() -> None:
    assert BOOK.common_superior(TOWNSHIP, DISTRICT) == CITY
    assert BOOK.common_superior(DISTRICT, TOWNSHIP) == CITY
    assert BOOK.common_superior(TOWNSHIP, OTHER_TOWNSHIP) == CITY


def test_the_superior_of_a_village_point_and_its_township_is_the_district() -> None:
    assert BOOK.common_superior(VILLAGE, TOWNSHIP) == DISTRICT


def test_nobody_stands_over_the_city() -> None:
    assert BOOK.common_superior(CITY, DISTRICT) == CITY
    assert BOOK.common_superior("349999", DISTRICT) is None


def test_a_city_item_counts_on_the_tiers_of_its_points() -> None:
    assert [BOOK.point(unit, item(FORWARDED)) for unit in (VILLAGE, TOWNSHIP, OTHER_DISTRICT, CITY)] == [
        "agent",
        "agent",
        "entrusted",
        None,
    ]


def test_a_districts_own_item_counts_for_it_and_the_units_below_it() -> None:
    own = item(VILLAGE_ONLY)
    assert [unit for unit in sorted(BOOK.units) if BOOK.offers(unit, own)] == [DISTRICT, TOWNSHIP, VILLAGE]
    assert OTHER_TOWNSHIP not in {unit for unit in BOOK.units if BOOK.offers(unit, own)}


def test_the_route_goes_up_the_parent_chain_to_the_reviewing_and_then_the_deciding_tier() -> None:
    reviewed = item_published("reviewed", route=Route(receives="township", reviews="district", decides="city"))
    assert BOOK.next_on_route(VILLAGE, reviewed) == DISTRICT
    assert BOOK.next_on_route(DISTRICT, reviewed) == CITY
    assert BOOK.next_on_route(CITY, reviewed) is None
    assert BOOK.next_on_route(OTHER_TOWNSHIP, item(LICENCE)) == OTHER_DISTRICT
    assert BOOK.next_on_route("349999", reviewed) is None


def test_a_case_finds_the_version_it_was_received_under() -> None:
    published = item_published(LICENCE, committed_days=3)
    revised = ItemRevised.model_validate({**dict(published), "item_version": 2, "ground": "faster"})
    book = BOOK.evolve(f"item/{LICENCE}", revised)
    assert book.item(LICENCE) == revised
    assert book.item(LICENCE, 1) == BOOK.item(LICENCE)
    assert book.item(LICENCE, 3) is None
    retired = book.evolve(f"item/{LICENCE}", ItemRetired(ground="merged", retired_on=date(2026, 12, 1)))
    assert retired.item(LICENCE, 1) is not None
    assert retired.items[LICENCE].retired_on == date(2026, 12, 1)


def test_a_closed_unit_names_its_successor() -> None:
    book = BOOK.evolve(f"unit/{VILLAGE}", UnitClosed(successor=TOWNSHIP, closed_on=date(2026, 12, 1)))
    assert not book.is_open(VILLAGE)
    assert book.units[VILLAGE].successor == TOWNSHIP
    assert BOOK.is_open(VILLAGE)


def test_a_revised_unit_keeps_its_place_in_the_tree() -> None:
    book = BOOK.evolve(f"unit/{VILLAGE}", UnitRevised(name="new", sealing_key="B" * 43, anchor_key="B" * 43))
    assert (book.units[VILLAGE].name, book.units[VILLAGE].parent) == ("new", TOWNSHIP)


def test_events_of_units_and_items_that_are_not_here_and_of_other_streams_change_nothing() -> None:
    book = Book()
    assert book.evolve("unit/1", UnitClosed(successor=TOWNSHIP, closed_on=date(2026, 12, 1))) == book
    assert book.evolve("item/x", ItemRetired(ground="x", retired_on=date(2026, 12, 1))) == book
    assert book.evolve("window/x", WindowClosed(reason="moved")) is book


def test_a_circle_of_parents_ends() -> None:
    book = Book().evolve("unit/1", unit_opened("340001", "district", "340002"))
    book = book.evolve("unit/2", unit_opened("340002", "district", "340001"))
    assert list(book.lineage("340001")) == ["340001", "340002"]
