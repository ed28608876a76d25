"""The reference data as a pure fold of the reference streams: the unit tree and the item catalogue."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, assert_never

from contracts.clearance import (
    ClearanceApproved,
    ClearanceOpened,
    ClearancePublished,
    ProposalReviewed,
    ProposalSubmitted,
)
from contracts.events import Event
from contracts.fields import Tier
from contracts.reference import (
    Appointment,
    CalendarAmended,
    CalendarPublished,
    DelegationGranted,
    DelegationRevoked,
    DepartmentAdmitted,
    DepartmentLeft,
    ItemPublished,
    ItemRetired,
    ItemRevised,
    RepresentativeInstalled,
    RepresentativePlanned,
    RepresentativeWithdrawn,
    StaffAppointed,
    UnitClosed,
    UnitInaugurated,
    UnitOpened,
    UnitRevised,
    WindowClosed,
    WindowOpened,
)
from services.casework.calendar import Calendar
from services.casework.clearance import Clearance
from services.casework.clearance import evolve as cleared
from services.casework.delegation import Delegation
from services.casework.post import Post
from services.casework.post import evolve as posted

ReferenceEvent = (
    UnitOpened
    | UnitRevised
    | UnitClosed
    | StaffAppointed
    | UnitInaugurated
    | DepartmentAdmitted
    | DepartmentLeft
    | RepresentativePlanned
    | RepresentativeInstalled
    | RepresentativeWithdrawn
    | WindowOpened
    | WindowClosed
    | ItemPublished
    | ItemRevised
    | ItemRetired
    | DelegationGranted
    | DelegationRevoked
    | CalendarPublished
    | CalendarAmended
    | ClearanceOpened
    | ProposalSubmitted
    | ProposalReviewed
    | ClearanceApproved
    | ClearancePublished
)
ItemVersion = ItemPublished | ItemRevised
PointRole = Literal["entrusted", "agent"]

RANK: Mapping[Tier, int] = {"township": 0, "district": 1, "city": 2}


@dataclass(frozen=True, slots=True)
class Unit:
    """One centre or service point. `closed_on` is None while it is not closed; `preparing` until it takes cases."""

    code: str
    name: str
    tier: Tier
    parent: str | None
    sealing_key: str
    anchor_key: str
    closed_on: date | None = None
    successor: str | None = None
    preparing: bool = False
    staff: tuple[Appointment, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A published service with all its versions, by number. Its key is the stream's id: the code, in a district's own
    catalogue `<unit>.<code>`."""

    key: str
    versions: Mapping[int, ItemVersion]
    retired_on: date | None = None

    @property
    def newest(self) -> ItemVersion:
        return self.versions[max(self.versions)]

    @property
    def first(self) -> ItemVersion:
        return self.versions[min(self.versions)]

    def on(self, day: date) -> ItemVersion | None:
        """The version under which a case is received on this local day; None before the first one is in force. It says
        nothing of retirement."""
        begun = [n for n, v in self.versions.items() if v.valid_from is None or v.valid_from <= day]
        return self.versions[max(begun)] if begun else None

    def retired(self, day: date) -> bool:
        """Whether no case is received any more on this local day."""
        return self.retired_on is not None and self.retired_on <= day


@dataclass(frozen=True, slots=True)
class Book:
    """Units by code, items by key. Immutable: `evolve` gives the next one."""

    units: Mapping[str, Unit] = field(default_factory=dict[str, Unit])
    items: Mapping[str, Item] = field(default_factory=dict[str, Item])
    departments: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """By unit: the bodies that have windows there, code and name."""
    posts: Mapping[str, Post] = field(default_factory=dict[str, Post])
    """The same bodies by `<unit>.<code>`."""
    delegations: Mapping[str, Delegation] = field(default_factory=dict[str, Delegation])
    calendar: Calendar = field(default_factory=Calendar)
    clearances: Mapping[str, Clearance] = field(default_factory=dict[str, Clearance])

    def evolve(self, stream: str, event: Event) -> "Book":
        """The book after this event of stream `<kind>/<id>`; the same book for streams that are no reference data.

        An event of a unit or item whose first event is not here changes nothing: streams are inserted in order.
        """
        return _evolve(self, stream.partition("/")[2], event) if isinstance(event, ReferenceEvent) else self

    def is_here(self, unit: str) -> bool:
        """Whether it is in the unit tree and not closed, be it open or being prepared."""
        found = self.units.get(unit)
        return found is not None and found.closed_on is None

    def is_open(self, unit: str) -> bool:
        """Whether it takes cases."""
        return self.is_here(unit) and not self.units[unit].preparing

    @property
    def root(self) -> str | None:
        """The city: the unit over all others; None while no unit is here."""
        return next((unit.code for unit in self.units.values() if unit.parent is None and unit.tier == "city"), None)

    def tier(self, unit: str) -> Tier | None:
        found = self.units.get(unit)
        return found.tier if found else None

    def lineage(self, unit: str) -> Iterator[str]:
        """`unit`, its parent, and so on to the root; nothing for an unknown unit. A circle in the data ends it."""
        seen: set[str] = set()
        above: str | None = unit
        while above is not None and above not in seen and (found := self.units.get(above)):
            seen.add(above)
            yield above
            above = found.parent

    def is_above(self, superior: str, unit: str) -> bool:
        """Whether `superior` stands over `unit` in the unit tree."""
        return superior != unit and superior in self.lineage(unit)

    def common_superior(self, a: str, b: str) -> str | None:
        """The nearest unit over both; for a township and its district the city. The root when one of them is it."""
        over_b = list(self.lineage(b))[1:]
        over_a = list(self.lineage(a))
        shared = (unit for unit in over_a[1:] if unit in over_b)
        return next(shared, over_a[-1] if over_a else None)

    def item(self, key: str, version: int | None = None) -> ItemVersion | None:
        """This version of the item, or its newest one; None when it is not in the catalogue. Retired items count:
        cases keep their version for good."""
        found = self.items.get(key)
        if found is None:
            return None
        return found.newest if version is None else found.versions.get(version)

    def point(self, unit: str, item: ItemVersion) -> PointRole | None:
        """What `unit` is for the item; None when its catalogue lacks it. A district's own item counts for that
        district and the units below it, a city's item everywhere; the item's points say on which tiers."""
        if item.unit is not None and item.unit not in self.lineage(unit):
            return None
        tier = self.tier(unit)
        return next((point.role for point in item.points if point.tier == tier), None)

    def offers(self, unit: str, item: ItemVersion) -> bool:
        """Whether the item is in the catalogue of `unit`."""
        return self.point(unit, item) is not None

    def next_on_route(self, unit: str, item: ItemVersion) -> str | None:
        """The unit that the item's route names after `unit`, up its parent chain: the reviewing tier's, then the
        deciding tier's. None when the route ends here or leaves this line."""
        here = self.tier(unit)
        if here is None:
            return None
        stages = [tier for tier in (item.route.reviews, item.route.decides) if tier and RANK[tier] > RANK[here]]
        return next((above for above in self.lineage(unit) if stages and self.tier(above) == stages[0]), None)


def _evolve(book: Book, key: str, event: ReferenceEvent) -> Book:
    match event:
        case CalendarPublished():
            return replace(book, calendar=book.calendar.publish(event))
        case CalendarAmended():
            return replace(book, calendar=book.calendar.amend(int(key), event)) if key.isdecimal() else book
        case UnitOpened():
            opened = Unit(
                event.code,
                event.name,
                event.tier,
                event.parent,
                event.sealing_key,
                event.anchor_key,
                preparing=event.preparing,
            )
            return replace(book, units={**book.units, event.code: opened})
        case UnitRevised() | UnitClosed() | StaffAppointed() | UnitInaugurated():
            if (unit := book.units.get(key)) is None:
                return book
            return replace(book, units={**book.units, key: _changed(unit, event)})
        case ItemPublished() | ItemRevised():
            item = book.items.get(key)
            versions = {**(item.versions if item else {}), event.item_version: event}
            item = Item(key, versions, item.retired_on if item else None)
            return replace(book, items={**book.items, key: item})
        case ItemRetired():
            if (item := book.items.get(key)) is None:
                return book
            return replace(book, items={**book.items, key: replace(item, retired_on=event.retired_on)})
        case DepartmentAdmitted(unit=unit, code=code, name=name):
            there = {**book.departments.get(unit, {}), code: name}
            posts = {**book.posts, key: posted(Post(), event)}
            return replace(book, departments={**book.departments, unit: there}, posts=posts)
        case DepartmentLeft():
            unit, _, code = key.partition(".")
            there = {other: name for other, name in book.departments.get(unit, {}).items() if other != code}
            posts = {other: post for other, post in book.posts.items() if other != key}
            return replace(book, departments={**book.departments, unit: there}, posts=posts)
        case RepresentativePlanned() | RepresentativeInstalled() | RepresentativeWithdrawn():
            if (post := book.posts.get(key)) is None:
                return book
            return replace(book, posts={**book.posts, key: posted(post, event)})
        case DelegationGranted():
            return replace(book, delegations={**book.delegations, key: Delegation.granted(key, event)})
        case DelegationRevoked():
            if (grant := book.delegations.get(key)) is None:
                return book
            revoked = replace(grant, revoked_on=event.revoked_on)
            return replace(book, delegations={**book.delegations, key: revoked})
        case ClearanceOpened() | ProposalSubmitted() | ProposalReviewed() | ClearanceApproved() | ClearancePublished():
            changed = cleared(book.clearances.get(key), key, event)
            return book if changed is None else replace(book, clearances={**book.clearances, key: changed})
        case WindowOpened() | WindowClosed():
            # No act depends on them.
            return book
        case _:
            assert_never(event)


def _changed(unit: Unit, event: UnitRevised | UnitClosed | StaffAppointed | UnitInaugurated) -> Unit:
    match event:
        case UnitRevised():
            return replace(unit, name=event.name, sealing_key=event.sealing_key, anchor_key=event.anchor_key)
        case UnitClosed():
            return replace(unit, closed_on=event.closed_on, successor=event.successor)
        case StaffAppointed():
            return replace(unit, staff=event.staff)
        case UnitInaugurated():
            return replace(unit, preparing=False)
        case _:
            assert_never(event)
