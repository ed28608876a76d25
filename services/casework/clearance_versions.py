"""What a clearance round (清理) makes of the catalogue: the next version of each item that it changes, and its end."""

from datetime import date, datetime

from contracts.clearance import ClearancePublished, PublishedVersion
from contracts.reference import ItemRevised
from services.casework.actor import Actor
from services.casework.book import Book, ItemVersion
from services.casework.clearance import Clearance, Form
from services.casework.clearances import running
from services.casework.items import item_key, next_version
from services.casework.moment import local_day
from services.casework.refusals import Conflict

MADE_UP = ("steps", "committed_days")
"""What a made-up round marks as made up."""
MOST_MADE_UP = 40
"""Names in an item's list of what is made up (contracts, ItemContent)."""


def versions_of_clearance(
    *, by: Actor, at: datetime, book: Book, key: str, valid_from: date | None = None
) -> list[ItemRevised]:
    """The versions that the approved forms make and that do not stand yet, each for its item's own stream; in force
    from `valid_from` on, today unless said otherwise. None of a retired item or of a form that changes nothing.

    A publication that was cut short goes on with its first day. Raises Forbidden `role_missing`,
    `clearance_of_other_unit`; Unlawful `clearance_unknown` and what a revision raises; Conflict `clearance_closed`
    before approval.
    """
    clearance = running(by, frozenset({"catalogue_manager"}), book, key, "approved", "published")
    if clearance.published is not None:
        return []
    made, today = _made(clearance, book), local_day(at)
    begun = next((version.valid_from for version in made), None)
    day = begun or valid_from or today
    earliest = None if begun is not None or "integrator" in by.roles else today
    standing = {item_key(version) for version in made}
    wanted = [(form, book.items[form.said.item]) for form in clearance.agreed if form.said.item not in standing]
    return [
        next_version(item, _revision(form, clearance, item.newest, day), day, earliest)
        for form, item in wanted
        if item.retired_on is None and _changes(form, item.newest)
    ]


def publish_clearance(
    *, by: Actor, at: datetime, book: Book, key: str, valid_from: date | None = None
) -> list[ClearancePublished]:
    """End the round, once all its versions stand. `[]` when it is published.

    Raises as `versions_of_clearance`; Conflict `versions_outstanding` while one of them is missing.
    """
    if versions_of_clearance(by=by, at=at, book=book, key=key, valid_from=valid_from):
        raise Conflict("versions_outstanding", None, clearance=key)
    clearance = book.clearances[key]
    if clearance.published is not None:
        return []
    made = _made(clearance, book)
    day = next((version.valid_from for version in made if version.valid_from), valid_from or local_day(at))
    versions = tuple(PublishedVersion(item=item_key(one), item_version=one.item_version) for one in made)
    return [ClearancePublished(valid_from=day, versions=versions)]


def _changes(form: Form, item: ItemVersion) -> bool:
    steps = {step.code: step.days for step in item.steps}
    fewer = any(steps[limit.step] != limit.days for limit in form.said.days)
    return bool(form.said.drops) or fewer or form.said.committed_days < item.committed_days


def _revision(form: Form, clearance: Clearance, newest: ItemVersion, day: date) -> ItemRevised:
    """The item's newest version with the form's steps and days."""
    days = {limit.step: limit.days for limit in form.said.days}
    steps = tuple(
        step.model_copy(update={"days": days.get(step.code, step.days)})
        for step in newest.steps
        if step.code not in form.said.drops
    )
    made_up = MADE_UP if clearance.opened.illustrative else ()
    content = {
        **{name: getattr(newest, name) for name in type(newest).model_fields},
        "item_version": newest.item_version + 1,
        "ground": form.said.ground,
        "clearance": clearance.key,
        "steps": steps,
        "committed_days": form.said.committed_days,
        "valid_from": day,
        "illustrative": tuple(dict.fromkeys((*made_up, *newest.illustrative)))[:MOST_MADE_UP],
    }
    return ItemRevised.model_validate(content)


def _made(clearance: Clearance, book: Book) -> list[ItemRevised]:
    """The versions that stand and name this round."""
    every = (version for item in clearance.opened.items for version in book.items[item].versions.values())
    return [version for version in every if isinstance(version, ItemRevised) and version.clearance == clearance.key]
