"""The figures of the board, from the counts of the view of cases joined with the unit tree. Nothing personal."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from contracts.fields import instant_text
from contracts.topics import TIERS
from services.casework.book import Book
from services.casework.limits import Light
from services.casework.moment import local_day
from services.office.deadlines import ACKNOWLEDGE, LIGHT, lights
from services.office.deadlines import statement as office
from services.office.orders_shown import order_lights
from services.pages.words import CLOSED_PHASES, LAW, LIGHTS, PHASES
from services.runtime.statements import statements

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

statement = statements(__file__)
UNKNOWN = "unknown"
"""Tier of a unit whose UnitOpened has not arrived yet: its cases are counted all the same."""


@dataclass(slots=True)
class Figures:
    """Cases that one unit, or several together, hold. `transit` and `offered` are among the open and the closed.
    `orders` are the supervision orders that wait for its account, `unacknowledged` the referrals that wait for its
    acknowledgement, each by light."""

    phases: Counter[str] = field(default_factory=Counter[str])
    lights: Counter[str] = field(default_factory=Counter[str])
    """Of the open cases in which a limit runs."""
    orders: Counter[str] = field(default_factory=Counter[str])
    unacknowledged: Counter[str] = field(default_factory=Counter[str])
    transit: int = 0
    offered: int = 0

    def add(self, other: "Figures") -> None:
        self.phases.update(other.phases)
        self.lights.update(other.lights)
        self.orders.update(other.orders)
        self.unacknowledged.update(other.unacknowledged)
        self.transit += other.transit
        self.offered += other.offered

    @property
    def total(self) -> int:
        return self.phases.total()

    @property
    def closed(self) -> int:
        return sum(self.phases[phase] for phase in CLOSED_PHASES)

    @property
    def open(self) -> int:
        return self.total - self.closed

    def json(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "open": self.open,
            "closed": self.closed,
            "transit": self.transit,
            "offered": self.offered,
            "phases": {phase: self.phases[phase] for phase in PHASES},
            "lights": {light: self.lights[light] for light in LIGHTS},
        }


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    received: int
    closed: int


@dataclass(frozen=True, slots=True)
class Flow:
    """How often cases passed from one tier or unit to another, by kind of pass."""

    source: str
    to: str
    kinds: Counter[str]

    @property
    def n(self) -> int:
        return self.kinds.total()

    def json(self) -> dict[str, Any]:
        return {"from": self.source, "to": self.to, "n": self.n, "kinds": dict(self.kinds.most_common())}


@dataclass(frozen=True, slots=True)
class Board:
    """Everything at one position of the log. `at` is when it was read, UTC."""

    pos: int
    at: datetime
    book: Book
    units: Mapping[str, Figures]
    flows: tuple[Flow, ...]
    """Between units, most first."""
    items: Mapping[str, tuple[int, int]]
    """Open and closed, by item."""
    days: tuple[Day, ...]
    """Days on which something was received or closed, local to the offices, oldest first."""
    law: Mapping[str, int]
    """Cases that were deemed accepted; consultations, answers and suspensions of all cases."""

    def tier(self, unit: str) -> str:
        return self.book.tier(unit) or UNKNOWN

    def sum(self, units: "set[str] | None" = None) -> Figures:
        """Of these units together; of all when none are named."""
        found = Figures()
        for unit, figures in self.units.items():
            if units is None or unit in units:
                found.add(figures)
        return found

    def tiers(self) -> dict[str, Figures]:
        """City, district, township; `unknown` only when there is such a unit."""
        found = {tier: Figures() for tier in TIERS}
        for unit, figures in self.units.items():
            found.setdefault(self.tier(unit), Figures()).add(figures)
        return found

    def tier_flows(self) -> list[Flow]:
        """Between tiers, city first."""
        found: dict[tuple[str, str], Counter[str]] = {}
        for flow in self.flows:
            found.setdefault((self.tier(flow.source), self.tier(flow.to)), Counter()).update(flow.kinds)
        order = (*TIERS, UNKNOWN)
        return [
            Flow(source, to, kinds)
            for (source, to), kinds in sorted(found.items(), key=lambda f: (order.index(f[0][0]), order.index(f[0][1])))
        ]

    def ordered(self) -> list[tuple[str, Counter[str]]]:
        """Units for whose account supervision orders wait, by light; those with most overdue first."""
        return _most_overdue((unit, figures.orders) for unit, figures in self.units.items())

    def unacknowledged(self) -> list[tuple[str, Counter[str]]]:
        """Units at which referrals lie that nobody acknowledged in time, with all that wait there, by light: what their
        superiors are told. Those with most overdue first."""
        waiting = ((unit, figures.unacknowledged) for unit, figures in self.units.items())
        return _most_overdue(one for one in waiting if one[1][Light.RED])

    def superior(self, unit: str) -> str | None:
        """The unit that looks after it; None of the city, and of a unit that is not known yet."""
        found = self.book.units.get(unit)
        return found.parent if found else None

    def last_days(self, n: int) -> list[Day]:
        """The last `n` calendar days up to the newest with anything on it, days without anything too."""
        if not self.days:
            return []
        known = {day.day: day for day in self.days}
        last = self.days[-1].day
        wanted = [last - timedelta(days=back) for back in reversed(range(n))]
        return [known.get(day, Day(day, 0, 0)) for day in wanted]

    def summary(self) -> dict[str, Any]:
        """`/dashboard/summary`."""
        return {
            "pos": self.pos,
            "at": instant_text(self.at),
            "totals": self.sum().json(),
            "tiers": [{"tier": tier, **figures.json()} for tier, figures in self.tiers().items()],
            "units": [
                {"unit": code, **_named(self.book, code), **self.units.get(code, Figures()).json()}
                for code in sorted(self.book.units.keys() | self.units.keys())
            ],
            "orders": [
                {"unit": code, "open": orders.total(), "overdue": orders[Light.RED]} for code, orders in self.ordered()
            ],
            "unacknowledged": [
                {"unit": code, "superior": self.superior(code), "open": n.total(), "overdue": n[Light.RED]}
                for code, n in self.unacknowledged()
            ],
            "law": dict(self.law),
            "items": [{"item": key, "open": n[0], "closed": n[1]} for key, n in sorted(self.items.items())],
            "days": [{"day": day.day.isoformat(), "received": day.received, "closed": day.closed} for day in self.days],
        }

    def flow(self) -> dict[str, Any]:
        """`/dashboard/flow`."""
        return {
            "pos": self.pos,
            "at": instant_text(self.at),
            "tiers": [flow.json() for flow in self.tier_flows()],
            "units": [flow.json() for flow in self.flows],
        }


def _most_overdue(found: Iterable[tuple[str, Counter[str]]]) -> list[tuple[str, Counter[str]]]:
    return sorted(((unit, n) for unit, n in found if n), key=lambda one: (-one[1][Light.RED], -one[1].total(), one[0]))


def _named(book: Book, code: str) -> dict[str, str | None]:
    unit = book.units.get(code)
    if unit is None:
        return {"name": None, "tier": UNKNOWN, "parent": None}
    return {"name": unit.name, "tier": unit.tier, "parent": unit.parent}


def _named_so(rows: "list[Record]", name: str) -> list[tuple[str, int]]:
    return [(row["key"], row["n"]) for row in rows if row["name"] == name]


async def read(pool: "Pool[Record]", book: Book, at: datetime) -> Board:
    """The board as the view shows it; `at` is now."""
    rows = await pool.fetch(statement("counts"))
    limits = await pool.fetch(statement("lights"))
    waiting = await pool.fetch(office("supervision_counts"), "received", "")
    today = local_day(at)
    units: dict[str, Figures] = {}
    for unit, shown in lights(_named_so(limits, LIGHT), today).items():
        units.setdefault(unit, Figures()).lights = shown
    for unit, shown in lights(_named_so(limits, ACKNOWLEDGE), today).items():
        units.setdefault(unit, Figures()).unacknowledged = shown
    for unit, shown in order_lights(((row["key"], row["n"]) for row in waiting), book.calendar, today).items():
        units.setdefault(unit, Figures()).orders = shown
    flows: dict[tuple[str, str], Counter[str]] = {}
    items: dict[str, list[int]] = {}
    days: dict[date, list[int]] = {}
    law = dict.fromkeys(LAW, 0)
    for row in rows:
        name, key, n = row["name"], row["key"], row["n"]
        match name:
            case "phase":
                holder, phase, custody = key.split("/")
                figures = units.setdefault(holder, Figures())
                figures.phases[phase] += n
                figures.transit += n if custody == "transit" else 0
                figures.offered += n if custody == "offered" else 0
            case "flow":
                source, to, how = key.split("/")
                flows.setdefault((source, to), Counter())[how] += n
            case "item":
                item, _, state = key.rpartition("/")
                items.setdefault(item, [0, 0])[state == "closed"] += n
            case "law":
                law[key] += n
            case "received_on" | "closed_on":
                days.setdefault(date.fromisoformat(key), [0, 0])[name == "closed_on"] += n
            case _:
                # Another count of the same view, or no count at all yet.
                continue
    passed = [Flow(source, to, kinds) for (source, to), kinds in flows.items()]
    return Board(
        pos=rows[0]["pos"] if rows else 0,
        at=at,
        book=book,
        units=units,
        flows=tuple(sorted(passed, key=lambda flow: (-flow.n, flow.source, flow.to))),
        items={key: (n[0], n[1]) for key, n in items.items()},
        law=law,
        days=tuple(Day(day, n[0], n[1]) for day, n in sorted(days.items())),
    )
