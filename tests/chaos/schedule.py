"""Which faults come when. Pure: the same seed and length give the same schedule, on every machine."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from tests.chaos.crash_points import POINTS, REBUILDING, RESTORED

SERVICES = ("township", "district", "city", "portal")
SERVERS = ("postgres", "kafka")
EVERY = 7.7
"""Seconds from one fault to the next, on average."""
FIRST = 2.0
"""Seconds that the load has to itself."""
LONG = 1000.0
"""Seconds of a run in which a fault may last as long as its kind can; shorter runs have shorter ones."""
PLACES = 40
"""Instants tried for one fault before another kind is taken."""
TWO_HOURS = 7200
ONE_BROKER = 0.6
"""Share of cut links to Kafka that are to one broker of several: only what that one leads comes late."""
LOCKS = ("head", "checkpoint", "relay", "log", "cases")
POISON = ("nothing", "tombstone", "no_json", "not_utf8", "field_twice", "nul", "no_event", "huge", "strange_header")
ENDS = ("first_killed", "first_stops", "second_killed", "second_stops")
"""Of two processes of a service."""
FORGED = ("contradicts", "not_the_holder", "takes_custody", "assumes")


@dataclass(frozen=True, slots=True)
class Fault:
    """`at` and `lasts` in seconds of the run. `more` says what its kind alone knows, as JSON can."""

    at: float
    kind: str
    target: str
    lasts: float
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def ends(self) -> float:
        return self.at + self.lasts


@dataclass(frozen=True, slots=True)
class Kind:
    """`targets` it chooses from; it lasts from `shortest` to `longest` seconds. It has what it `takes` to itself, until
    `after` seconds after its end, and shares what it `uses`; `{}` there is its target. `often`: how often it stands in
    one round of all. Runs shorter than `needs` seconds are spared from it."""

    targets: tuple[str, ...]
    shortest: float
    longest: float
    takes: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    after: float = 0.0
    often: int = 1
    needs: float = 0.0


PROCESS, DATABASE, LINK, CLOCK = "process {}", "database {}", "link {}", "clock {}"
CONTENT = "what Kafka has"
"""A Kafka that is replaced while a database is behind it: nobody can witness what was said (protocol B4)."""
KINDS: Mapping[str, Kind] = {
    "kill_service": Kind(SERVICES, 0.2, 20, (PROCESS,), often=3),
    "kill_at_point": Kind(SERVICES, 8, 15, (PROCESS,), often=4),
    "pause_service": Kind(SERVICES, 5, 120, (PROCESS,), often=2),
    "slow_consumer": Kind(SERVICES, 5, 60, (PROCESS,)),
    "second_process": Kind(SERVICES, 15, 90, (PROCESS,), often=2),
    "upgrade": Kind(("services",), 10, 15, tuple(PROCESS.format(one) for one in SERVICES), after=5),
    "stop_database": Kind(("postgres",), 0.5, 20, ("postgres",), after=8),
    "end_sessions": Kind(SERVICES, 0.1, 5, (DATABASE,), ("postgres",), often=2),
    "exhaust_pool": Kind(SERVICES, 4, 60, (DATABASE,), ("postgres",)),
    "hold_lock": Kind(SERVICES, 4, 60, (DATABASE,), ("postgres",), often=2),
    "kill_rebuild": Kind(SERVICES, 8, 10, (DATABASE,), ("postgres",)),
    "restore_backup": Kind(
        SERVICES, 12, 60, (PROCESS, DATABASE, CLOCK, CONTENT), ("postgres", "kafka"), after=20, needs=60
    ),
    "kill_kafka": Kind(("kafka",), 0.5, 20, ("kafka",), after=10),
    "wipe_kafka": Kind(("kafka",), 8, 8, ("kafka", CONTENT), after=15, needs=60),
    "pause_server": Kind(SERVERS, 5, 60, ("{}",), after=3, often=2),
    "fill_disk": Kind(SERVERS, 4, 30, ("{}",), after=10, often=2),
    "cut": Kind(SERVICES, 5, 120, (LINK,), often=2),
    "cut_one_way": Kind(SERVICES, 5, 90, (LINK,), often=2),
    "flap": Kind(SERVICES, 6, 60, (LINK,)),
    "set_clock": Kind(SERVICES, 6, 90, (CLOCK,), often=2),
    "cross_midnight": Kind(SERVICES, 10, 40, (CLOCK,)),
    "repeat_records": Kind(("kafka",), 1, 1, uses=("kafka",)),
    "reorder_records": Kind(("kafka",), 1, 1, uses=("kafka",)),
    "delay_records": Kind(("kafka",), 5, 60),
    "poison_records": Kind(("kafka",), 1, 1, uses=("kafka",)),
    "forge_records": Kind(("kafka",), 1, 1, uses=("kafka",)),
}
BROKERS = {"lose_broker": Kind(("kafka",), 4, 60, ("kafka",), after=10, often=3)}
"""Beside the others when there are three."""


def plan(seed: int, seconds: float, brokers: int = 1) -> list[Fault]:
    """The faults of a run, in the order of their beginnings; all are over when it ends.

    Each kind comes once before one comes again, as far as the run is long enough.
    """
    chance = random.Random(f"{seed} {seconds:g} {brokers}")
    kinds = {**KINDS, **(BROKERS if brokers > 1 else {})}
    kinds = {name: kind for name, kind in kinds.items() if seconds >= kind.needs}
    names = _names(chance, kinds)
    chosen = list(islice(names, max(3, round(seconds / EVERY))))
    placed: list[Fault] = []
    # Those that need the most to themselves while there is room.
    for name in chain(sorted(chosen, key=lambda name: -len(kinds[name].takes)), names):
        if len(placed) == len(chosen):
            break
        for _ in range(PLACES):
            fault = _fault(chance, name, kinds[name], seconds, brokers)
            if fault.ends <= seconds and not any(apart(fault, other) for other in placed):
                placed.append(fault)
                break
    return sorted(placed, key=lambda fault: fault.at)


def apart(one: Fault, other: Fault) -> bool:
    """Whether these two may not be at their times: one would need what the other has to itself."""
    together = one.at < other.ends + after(other) and other.at < one.ends + after(one)
    return together and conflict(one, other)


def conflict(one: Fault, other: Fault) -> bool:
    """Whether one would need what the other has to itself, at whatever time."""
    (takes, uses), (others, shared) = _resources(one), _resources(other)
    return bool(takes & (others | shared) or others & uses)


def after(fault: Fault) -> float:
    """Seconds after its end until what it had is whole again."""
    return _kind(fault.kind).after


def _resources(fault: Fault) -> tuple[set[str], set[str]]:
    """What it has to itself, and what it shares."""
    kind = _kind(fault.kind)
    takes = {one.format(fault.target) for one in kind.takes}
    if fault.more.get("restart"):
        takes.add(PROCESS.format(fault.target))
    return takes, {one.format(fault.target) for one in kind.uses}


def _kind(name: str) -> Kind:
    return KINDS.get(name) or BROKERS[name]


def _names(chance: random.Random, kinds: Mapping[str, Kind]) -> Iterator[str]:
    first = list(kinds)
    chance.shuffle(first)
    yield from first
    rounds = [name for name, kind in kinds.items() for _ in range(kind.often)]
    while True:
        chance.shuffle(rounds)
        yield from rounds


def _fault(chance: random.Random, name: str, kind: Kind, seconds: float, brokers: int) -> Fault:
    target = chance.choice(kind.targets)
    more = _more(chance, name, seconds)
    if brokers > 1 and more.get("to") == "kafka" and chance.random() < ONE_BROKER:
        more["to"] = f"broker {chance.randint(1, brokers)}"
    longest = min(kind.longest, max(kind.shortest * 2, kind.longest * seconds / LONG))
    lasts = chance.uniform(kind.shortest, longest)
    if name == "upgrade":
        lasts *= len(more["order"])
    return Fault(round(chance.uniform(FIRST, seconds), 2), name, target, round(lasts, 2), more)


def _more(chance: random.Random, name: str, seconds: float) -> dict[str, Any]:
    match name:
        case "kill_service":
            return {}
        case "kill_at_point":
            return {"point": chance.choice(list(POINTS)), "nth": chance.randint(1, 5), "down": _of(chance, 0, 3)}
        case "slow_consumer":
            return {"stopped": _of(chance, 0.3, 1.5), "runs": _of(chance, 0.1, 0.5)}
        case "upgrade":
            order = chance.sample(SERVICES, len(SERVICES))
            return {"order": order if seconds >= 150 else order[:1], "beside": chance.random() < 0.7}
        case "second_process":
            return {"ends": chance.choice(ENDS), "deposed": chance.random() < 0.5}
        case "end_sessions":
            return {"share": _of(chance, 0.2, 1), "times": chance.randint(1, 3)}
        case "exhaust_pool":
            return {"left": chance.randint(0, 3)}
        case "hold_lock":
            return {"lock": chance.choice(LOCKS)}
        case "kill_rebuild":
            return {"view": chance.choice(("cases", "supervision")), "point": chance.choice(list(REBUILDING))}
        case "restore_backup":
            return {"dies": chance.choice((None, *RESTORED))}
        case "cut" | "cut_one_way" | "flap":
            return {
                "to": chance.choice(("kafka", "kafka", "clients")),
                "ways": chance.choice((["requests"], ["answers"]))
                if name == "cut_one_way"
                else ["requests", "answers"],
                "how": chance.choice(("drop", "drop", "reset")),
                **({"cut": _of(chance, 0.3, 2), "whole": _of(chance, 0.3, 2)} if name == "flap" else {}),
            }
        case "set_clock":
            by = chance.choice((-TWO_HOURS, TWO_HOURS, chance.randint(-TWO_HOURS, TWO_HOURS)))
            return {"by": by, "restart": chance.random() < 0.4}
        case "cross_midnight":
            return {"before": chance.randint(2, 6)}
        case "repeat_records" | "reorder_records" | "delay_records":
            return {"pick": chance.getrandbits(32), "records": chance.randint(20, 300)}
        case "poison_records":
            return {"pick": chance.getrandbits(32), "records": chance.sample(POISON, 3)}
        case "forge_records":
            return {"pick": chance.getrandbits(32), "records": chance.sample(FORGED, 2)}
        case "lose_broker":
            return {"broker": chance.randint(1, 3)}
        case _:
            return {}


def _of(chance: random.Random, least: float, most: float) -> float:
    return round(chance.uniform(least, most), 2)
