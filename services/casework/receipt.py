"""Papers are handed in: the receipt of an application. It is not acceptance."""

from datetime import datetime

from contracts.case import CaseReceived, Material
from contracts.case.receipt import Channel
from contracts.fields import Plain
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.catalogue import offers, open_unit
from services.casework.moment import local_day
from services.casework.refusals import forbidden, unlawful
from services.casework.who import has_role


def case_number(unit: str, at: datetime, serial: int) -> str:
    """The number, which is the stream: unit, local date of receipt, serial of at least four digits."""
    return f"{unit}-{local_day(at).isoformat().replace('-', '')}-{serial:04d}"


def receive(
    *,
    by: Actor,
    at: datetime,
    book: Book,
    item: str,
    channel: Channel,
    applicant: Plain,
    materials: tuple[Material, ...] = (),
    imported: bool = False,
) -> list[CaseReceived]:
    """The first event of a new case at `by.unit`, under the version of the item `item` (its catalogue key) in force
    on the local day of `at`. Raises Forbidden `role_missing`, `import_not_integrator`; Unlawful `unit_unknown`,
    `unit_closed`, `item_unknown`, `item_retired`, `item_not_yet`, `unit_lacks_item`.
    """
    has_role(by, "receive")
    if imported and "integrator" not in by.roles:
        raise forbidden("import_not_integrator", None)
    open_unit(by.unit, book, None)
    published = book.items.get(item)
    if published is None:
        raise unlawful("item_unknown", None, item=item)
    # History was received before the item was retired.
    day = local_day(at)
    if published.retired_on is not None and published.retired(day):
        raise unlawful("item_retired", None, item=item, day=published.retired_on.isoformat())
    version = published.on(day)
    if version is None:
        raise unlawful("item_not_yet", None, item=item, day=str(published.first.valid_from))
    offers(by.unit, item, version, book, None)
    return [
        CaseReceived(
            item=item,
            item_version=version.item_version,
            channel=channel,
            applicant=applicant,
            materials=materials,
            imported=imported,
        )
    ]
