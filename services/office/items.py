"""Items of this service's own catalogue: publishing, revising and retiring them, and how they are shown."""

from dataclasses import asdict
from datetime import date
from typing import Any

from contracts.reference import ItemPublished, ItemRevised
from services.casework.book import Book, Item
from services.casework.disclosures import disclosures
from services.casework.items import item_key, periods, publish_item, retire_item, revise_item
from services.office.person import person
from services.office.reference_log import ReferenceLog
from services.runtime.tokens import Actor


class Items:
    """Writes the streams `item/<key>` of this service's units."""

    def __init__(self, log: ReferenceLog) -> None:
        self._log = log

    async def publish(self, by: Actor, key: str, mac: bytes, item: ItemPublished) -> tuple[dict[str, Any], int]:
        """The item as it is in the book, and this log's position."""
        stream = f"item/{item_key(item)}"
        pos = await self._log.write(
            stream, by, key, mac, lambda _: publish_item(by=person(by), book=self._log.book, item=item)
        )
        return self._shown(item_key(item)), pos

    async def revise(
        self, item: str, by: Actor, key: str, mac: bytes, revision: ItemRevised
    ) -> tuple[dict[str, Any], int]:
        """The item as it is in the book, and this log's position. `item`: its catalogue key."""
        pos = await self._log.write(
            f"item/{item}",
            by,
            key,
            mac,
            lambda at: revise_item(by=person(by), at=at, book=self._log.book, key=item, revision=revision),
        )
        return self._shown(item), pos

    async def retire(
        self, item: str, by: Actor, key: str, mac: bytes, ground: str, retired_on: date | None
    ) -> tuple[dict[str, Any], int]:
        """The item as it is in the book, and this log's position. `item`: its catalogue key."""
        pos = await self._log.write(
            f"item/{item}",
            by,
            key,
            mac,
            lambda at: retire_item(
                by=person(by), at=at, book=self._log.book, key=item, ground=ground, retired_on=retired_on
            ),
        )
        return self._shown(item), pos

    def _shown(self, key: str) -> dict[str, Any]:
        return shown_item(self._log.book.items[key], self._log.today)


def shown_item(item: Item, today: date) -> dict[str, Any]:
    """The item in the version of today, or the first one while none is in force. `newest`: the last version's number,
    which may be one to come."""
    version = item.on(today) or item.first
    return {
        "key": item.key,
        "retired_on": item.retired_on.isoformat() if item.retired_on else None,
        "newest": item.newest.item_version,
        **version.model_dump(mode="json", exclude_none=True),
    }


def shown_versions(item: Item, today: date) -> dict[str, Any]:
    """Every version with the days on which cases are or were received under it, and its six disclosures."""
    return {
        "key": item.key,
        "retired_on": item.retired_on.isoformat() if item.retired_on else None,
        "versions": [
            {
                **version.model_dump(mode="json", exclude_none=True),
                "valid_from": first.isoformat() if first else None,
                "valid_to": last.isoformat() if last else None,
                "in_force": version is item.on(today) and not item.retired(today),
                "disclosures": [asdict(one) for one in disclosures(version)],
            }
            for version, first, last in periods(item)
        ],
    }


def catalogue(book: Book, unit: str, today: date) -> list[dict[str, Any]]:
    """What this unit offers on this day, each item with what the unit is for it: `point`, entrusted or agent."""
    found: list[dict[str, Any]] = []
    for _, item in sorted(book.items.items()):
        version = item.on(today)
        if version is not None and not item.retired(today) and (point := book.point(unit, version)):
            found.append({**shown_item(item, today), "point": point})
    return found
