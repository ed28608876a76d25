"""Re-engineering (流程再造): what became of an item's steps and days from its first version to the one in force.

A view of versions and of nothing else. It is made when it is asked for, from the catalogue that each service has in
memory: one look at every version of every item, nothing kept.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from contracts.reference import ItemRevised
from services.casework.book import Book, ItemVersion
from services.casework.clearance import Clearance


@dataclass(frozen=True, slots=True)
class Change:
    """An item from one version to another. Days are what the office promises, in working days."""

    key: str
    before: ItemVersion
    after: ItemVersion

    @property
    def re_engineered(self) -> bool:
        """Whether steps or days became fewer."""
        fewer_steps = len(self.after.steps) < len(self.before.steps)
        return fewer_steps or self.after.committed_days < self.before.committed_days

    @property
    def committed(self) -> bool:
        return self.after.type == "committed"

    @property
    def illustrative(self) -> bool:
        """Whether steps or days of either version are made up, and say so."""
        return any({"steps", "committed_days"} & set(version.illustrative) for version in (self.before, self.after))


@dataclass(frozen=True, slots=True)
class Line:
    """Several items together. Steps and days are sums over the re-engineered ones alone; days are working days."""

    items: int
    committed: int
    re_engineered: int
    committed_re_engineered: int
    steps_before: int
    steps_after: int
    days_before: int
    days_after: int
    illustrative: bool

    @classmethod
    def of(cls, changes: Iterable[Change]) -> "Line":
        every = list(changes)
        done = [change for change in every if change.re_engineered]
        return cls(
            items=len(every),
            committed=sum(change.committed for change in every),
            re_engineered=len(done),
            committed_re_engineered=sum(change.committed for change in done),
            steps_before=sum(len(change.before.steps) for change in done),
            steps_after=sum(len(change.after.steps) for change in done),
            days_before=sum(change.before.committed_days for change in done),
            days_after=sum(change.after.committed_days for change in done),
            illustrative=any(change.illustrative for change in every),
        )

    @property
    def share(self) -> float | None:
        """Per cent of the committed items that are re-engineered, with one decimal; None where there are none."""
        return round(100 * self.committed_re_engineered / self.committed, 1) if self.committed else None

    @property
    def average_days(self) -> tuple[float, float] | None:
        """Before and after, over the re-engineered items, with one decimal; None where there are none."""
        n = self.re_engineered
        return (round(self.days_before / n, 1), round(self.days_after / n, 1)) if n else None


def changes(book: Book, day: date) -> list[Change]:
    """Every item that is in force on this local day, by key."""
    return [
        Change(key, item.first, version)
        for key, item in sorted(book.items.items())
        if not item.retired(day) and (version := item.on(day)) is not None
    ]


def by_department(found: Iterable[Change]) -> Mapping[str, Line]:
    """The items of each body, that of their version in force."""
    return _grouped(found, lambda change: change.after.department)


def cleared(book: Book, found: Iterable[Change]) -> list[Change]:
    """Those that a clearance round ever had before it."""
    asked = {item for clearance in book.clearances.values() for item in clearance.opened.items}
    return [change for change in found if change.key in asked]


def of_clearance(book: Book, found: Iterable[Change], clearance: Clearance, day: date) -> Line:
    """What this round alone made of the items that it had before it: from the version before its own to its own."""
    asked = set(clearance.opened.items)
    return Line.of(_by_round(book, change, clearance.key, day) for change in found if change.key in asked)


def _by_round(book: Book, change: Change, clearance: str, day: date) -> Change:
    versions = book.items[change.key].versions
    for version in versions.values():
        if isinstance(version, ItemRevised) and version.clearance == clearance:
            begun = version.valid_from is None or version.valid_from <= day
            return Change(change.key, versions[version.item_version - 1], version) if begun else _same(change)
    return _same(change)


def _same(change: Change) -> Change:
    return Change(change.key, change.after, change.after)


def _grouped(found: Iterable[Change], of: Callable[[Change], str]) -> Mapping[str, Line]:
    groups: dict[str, list[Change]] = defaultdict(list)
    for change in found:
        groups[of(change)].append(change)
    return {name: Line.of(group) for name, group in sorted(groups.items())}
