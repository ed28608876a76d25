"""Finding an item as people type it: by name, by pinyin, by first letters, by code."""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice, product
from typing import NamedTuple

from pypinyin import Style, pinyin

from services.casework.book import Book, Item, ItemVersion

READINGS = 8
"""Of a name with characters that are read in several ways, at the most; the commonest come first."""


class Found(NamedTuple):
    """`key`: of the catalogue, under which a case is received."""

    key: str
    item: ItemVersion


class _Entry(NamedTuple):
    name: str
    name_en: str
    code: str
    spelled: tuple[str, ...]
    letters: tuple[str, ...]


class ItemSearch:
    """Of one service. What an item's name is spelled like is made once a version."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], _Entry] = {}

    def find(self, book: Book, unit: str, day: date, typed: str, limit: int = 30) -> list[Found]:
        """What this unit receives on that local day and what was typed fits, the closest first; all in the order of
        their names when nothing was typed."""
        wanted = _folded(typed)
        ranked = [
            (rank, found.item.name, found)
            for found in _received(book, unit, day)
            if (rank := _rank(self._entry(found), wanted)) is not None
        ]
        ranked.sort(key=lambda one: one[:2])
        return [found for _, _, found in islice(ranked, limit)]

    def _entry(self, found: Found) -> _Entry:
        at = found.key, found.item.name
        if (known := self._entries.get(at)) is None:
            known = self._entries[at] = _entry(found)
        return known


def _received(book: Book, unit: str, day: date) -> Iterator[Found]:
    items: Mapping[str, Item] = book.items
    for key, item in items.items():
        version = item.on(day)
        if version is not None and not item.retired(day) and book.offers(unit, version):
            yield Found(key, version)


def _entry(found: Found) -> _Entry:
    item = found.item
    readings = pinyin(item.name, style=Style.NORMAL, heteronym=True, errors="default")
    ways = [[_folded(one) for one in syllable] for syllable in readings]
    spelled = list(islice(product(*ways), READINGS))
    return _Entry(
        _folded(item.name),
        _folded(item.name_en or ""),
        _folded(item.code),
        tuple(dict.fromkeys("".join(way) for way in spelled)),
        tuple(dict.fromkeys("".join(one[:1] for one in way) for way in spelled)),
    )


def _rank(entry: _Entry, wanted: str) -> int | None:
    """How close it is, 0 the closest; None when it does not fit."""
    if not wanted:
        return 0
    tests = (
        entry.name.startswith(wanted),
        entry.code == wanted or any(letters.startswith(wanted) for letters in entry.letters),
        wanted in entry.name,
        any(spelled.startswith(wanted) for spelled in entry.spelled),
        any(wanted in letters for letters in entry.letters) and len(wanted) > 1,
        any(wanted in spelled for spelled in entry.spelled) and len(wanted) > 1,
        wanted in entry.name_en or wanted in entry.code,
    )
    return next((rank for rank, fits in enumerate(tests) if fits), None)


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
