"""Publishing, revising and retiring items. A revision is a version: a case keeps the one it was received under."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from contracts.fields import UnitCode
from contracts.reference import ItemContent, ItemPublished, ItemRetired, ItemRevised
from services.casework.actor import Actor
from services.casework.book import Book, Item, ItemVersion
from services.casework.clearance import runs_for
from services.casework.clocks import REVIEW_DAYS
from services.casework.moment import local_day
from services.casework.refusals import Conflict, forbidden, role_missing, unlawful


def item_key(item: ItemContent) -> str:
    """The id of the item's stream: its code, in a district's own catalogue `<unit>.<code>`."""
    return item.code if item.unit is None else f"{item.unit}.{item.code}"


def publish_item(*, by: Actor, book: Book, item: ItemPublished) -> list[ItemPublished]:
    """Publish a service in its first version. `[]` when it is published with this content.

    The city publishes for all, a district for itself and the points below it. Raises Forbidden `role_missing`,
    `own_catalogue`; Unlawful `unit_unknown`, `item_exists`, `first_version`, `committed_above_statutory`.
    """
    keeps_catalogue(by, book, item.unit)
    known = book.items.get(item_key(item))
    if known is not None:
        if known.versions.get(1) == item:
            return []
        raise unlawful("item_exists", None, item=item.code)
    if item.item_version != 1:
        raise unlawful("first_version", None, item=item.code)
    _within_the_law(item)
    return [item]


def revise_item(*, by: Actor, at: datetime, book: Book, key: str, revision: ItemRevised) -> list[ItemRevised]:
    """The next version of `item/<key>`, whole, from `valid_from` on, today unless said otherwise. `[]` when it stands
    with this content.

    Versions follow each other without a gap in number and without sharing a day. Only the role integrator says a day
    gone by: it tells a history. Raises Forbidden `role_missing`, `own_catalogue`; Unlawful `item_unknown`,
    `item_differs` (another item's code or unit), `version_of_clearance` (only a round names itself),
    `item_version_used`, and what `next_version` raises; Conflict `item_in_clearance`.
    """
    item = kept_item(by, book, key)
    if item_key(revision) != key:
        raise unlawful("item_differs", None, item=key, other=item_key(revision))
    if revision.clearance is not None:
        raise unlawful("version_of_clearance", None, item=key)
    if (known := item.versions.get(revision.item_version)) is not None:
        day = revision.valid_from or known.valid_from
        if known == revision.model_copy(update={"valid_from": day}):
            return []
        raise unlawful("item_version_used", None, item=key, version=str(revision.item_version))
    if (running := runs_for(book.clearances, key)) is not None:
        raise Conflict("item_in_clearance", None, item=key, clearance=running.key)
    today = local_day(at)
    earliest = None if "integrator" in by.roles else today
    return [next_version(item, revision, revision.valid_from or today, earliest)]


def next_version(item: Item, revision: ItemRevised, day: date, earliest: date | None) -> ItemRevised:
    """The revision, in force from `day` on, if it may follow the item's newest version. `earliest`: no day before
    this one; None: any.

    Raises Unlawful `item_retired`, `version_gap`, `version_for_the_past`, `versions_overlap`,
    `committed_above_statutory`.
    """
    key, newest = item.key, item.newest
    if item.retired_on is not None:
        raise unlawful("item_retired", None, item=key, day=item.retired_on.isoformat())
    if revision.item_version != newest.item_version + 1:
        raise unlawful("version_gap", None, item=key, version=str(newest.item_version + 1))
    if earliest is not None and day < earliest:
        raise unlawful("version_for_the_past", None, item=key, day=day.isoformat())
    if newest.valid_from is not None and day <= newest.valid_from:
        raise unlawful("versions_overlap", None, item=key, day=newest.valid_from.isoformat())
    _within_the_law(revision)
    return revision.model_copy(update={"valid_from": day})


def retire_item(
    *, by: Actor, at: datetime, book: Book, key: str, ground: str, retired_on: date | None = None
) -> list[ItemRetired]:
    """No case is received from the local day `retired_on` on, today unless said otherwise; running ones go on.

    Raises Forbidden `role_missing`, `own_catalogue`; Unlawful `item_unknown`, `retired_for_the_past`; Conflict
    `item_retired_already`.
    """
    item = kept_item(by, book, key)
    if item.retired_on is not None:
        raise Conflict("item_retired_already", None, item=key, day=item.retired_on.isoformat())
    today = local_day(at)
    day = retired_on or today
    if day < today:
        raise unlawful("retired_for_the_past", None, item=key, day=day.isoformat())
    return [ItemRetired(ground=ground, retired_on=day)]


def periods(item: Item) -> Iterator[tuple[ItemVersion, date | None, date | None]]:
    """Each version with the first and last local day on which cases are received under it; None: no bound. A version
    that would begin when the item is retired has none, and is left out."""
    versions = [item.versions[n] for n in sorted(item.versions)]
    begins = [version.valid_from for version in versions]
    for version, first, after in zip(versions, begins, [*begins[1:], None], strict=True):
        ends = [day for day in (after, item.retired_on) if day is not None]
        if first is None or item.retired_on is None or first < item.retired_on:
            yield version, first, min(ends) - timedelta(days=1) if ends else None


def keeps_catalogue(by: Actor, book: Book, unit: UnitCode | None) -> None:
    """The city keeps the catalogue of all (`unit` None), a district its own.

    Raises Forbidden `role_missing`, `own_catalogue`; Unlawful `unit_unknown`.
    """
    if "catalogue_manager" not in by.roles:
        raise role_missing({"catalogue_manager"})
    own_catalogue(by, book, unit)


def own_catalogue(by: Actor, book: Book, unit: UnitCode | None) -> None:
    """Whether the catalogue is that of the person's unit. Raises as `keeps_catalogue`."""
    tier = book.tier(by.unit)
    if tier is None:
        raise unlawful("unit_unknown", None, unit=by.unit)
    whole_city = unit is None and tier == "city"
    if not whole_city and unit != by.unit:
        raise forbidden("own_catalogue", None, unit=by.unit)


def kept_item(by: Actor, book: Book, key: str) -> Item:
    """The item, which is in the catalogue that this person keeps. Raises as `keeps_catalogue`; Unlawful
    `item_unknown`."""
    item = book.items.get(key)
    keeps_catalogue(by, book, item.first.unit if item else _whose(by, book))
    if item is None:
        raise unlawful("item_unknown", None, item=key)
    return item


def _whose(by: Actor, book: Book) -> UnitCode | None:
    return None if book.tier(by.unit) == "city" else by.unit


def _within_the_law(item: ItemContent) -> None:
    """The promise runs from acceptance over all tiers, so the law's sum holds a lower body's review too [42, 43]."""
    review = 0 if item.route.reviews is None else REVIEW_DAYS
    if item.committed_days > item.statutory_days + review:
        raise unlawful("committed_above_statutory", None, item=item.code)
