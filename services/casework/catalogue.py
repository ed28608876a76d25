"""What an act asks of the reference data. Every function raises a Refusal that says what is wrong with it."""

from services.casework.book import Book, ItemVersion
from services.casework.case import Case
from services.casework.refusals import unlawful


def item_of(case: Case, book: Book) -> ItemVersion:
    """The item in the version that the case was received under. Raises Unlawful `item_unknown`."""
    item = book.item(case.item, case.item_version)
    if item is None:
        raise unlawful("item_unknown", case, item=case.item)
    return item


def open_unit(unit: str, book: Book, case: Case | None) -> None:
    """Raises Unlawful `unit_unknown`, `unit_closed`, `unit_preparing`."""
    found = book.units.get(unit)
    if found is None:
        raise unlawful("unit_unknown", case, unit=unit)
    if found.closed_on is not None:
        raise unlawful("unit_closed", case, unit=unit, successor=found.successor or "-")
    if found.preparing:
        raise unlawful("unit_preparing", case, unit=unit)


def offers(unit: str, key: str, item: ItemVersion, book: Book, case: Case | None) -> None:
    """Raises Unlawful `unit_lacks_item`."""
    if not book.offers(unit, item):
        raise unlawful("unit_lacks_item", case, unit=unit, item=key)


def entrusted(case: Case, unit: str, book: Book) -> None:
    """A point that is only an agent for the item neither accepts nor declines. Raises Unlawful `agent_point`."""
    if book.point(unit, item_of(case, book)) == "agent":
        raise unlawful("agent_point", case, item=case.item)
