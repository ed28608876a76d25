"""The view of cases: folded again from the chains alone, and its rows and counts compared.

Written from casework.md: phase, custody and what counts as closed are independent of each other.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.chaos.checker.records import ASSUMED, NAMES_ITS_HOLDER, Record

OFFICE = ZoneInfo("Asia/Shanghai")
CLOSED = frozenset({"concluded", "declined", "withdrawn", "terminated", "delivered"})
ENDS = {
    "CaseConcluded": "concluded",
    "AcceptanceDeclined": "declined",
    "CaseWithdrawn": "withdrawn",
    "CaseTerminated": "terminated",
}
HOW = {"ReferralRefused": "refusal", "ReferralRecalled": "recall", "CaseDisputed": "dispute", ASSUMED: "assumption"}
COUNTS = ("phase", "item", "received_on", "closed_on", "flow")
"""The counts of the view that are checked, by name."""


@dataclass(slots=True)
class Case:
    """What the chain of a case says. `path`: the units that held it, `passes`: how it got from each to the next."""

    stream: str
    seq: int
    epoch: int
    term: int
    item: str
    receiver: str
    holder: str
    received_at: datetime
    last_at: datetime
    last_type: str
    phase: str = "received"
    custody: str = "held"
    arrived: bool = True
    accepted: bool = False
    outcome: str | None = None
    person: str | None = None
    steps: int = 0
    closed_at: datetime | None = None
    path: list[str] = field(default_factory=list[str])
    passes: list[str] = field(default_factory=list[str])

    @property
    def closed(self) -> bool:
        return self.phase in CLOSED


COMPARED = (
    "seq", "epoch", "term", "item", "receiver", "holder", "received_at", "last_at", "last_type", "phase", "custody",
    "arrived", "outcome", "person", "steps", "closed_at", "path", "passes", "closed",
)  # fmt: skip


def fold(records: Sequence[Record]) -> Case:
    """The case after these events, of which the first is its receipt."""
    first = records[0]
    case = Case(
        stream=first.stream, seq=0, epoch=0, term=0, item=str(first.data.get("item")), receiver=first.unit,
        holder=first.holder, received_at=first.time, last_at=first.time, last_type=first.type, path=[first.unit],
    )  # fmt: skip
    for record in records:
        _phase(case, record)
        _custody(case, record)
        case.seq, case.epoch, case.term, case.holder = record.seq, record.epoch, record.term, record.holder
        case.last_at, case.last_type = record.time, record.type
    return case


def _phase(case: Case, record: Record) -> None:
    data = record.data
    match record.name:
        case "SupplementRequested":
            case.phase = "supplement_requested"
        case "SupplementReceived" if case.phase == "supplement_requested" and not data.get("missing"):
            case.phase = "received"
        case "CaseAccepted":
            case.phase, case.accepted = "accepted", True
        case "CaseDecided" if data.get("part") is None:
            case.phase, case.outcome = "decided", data["outcome"]
        case "CaseConcluded" | "AcceptanceDeclined" | "CaseWithdrawn" | "CaseTerminated":
            case.phase = ENDS[record.name]
            case.outcome = data.get("outcome", case.phase)
            case.closed_at = record.time
        case "ResultDelivered":
            case.phase = "delivered"
        case "CaseReopened":
            case.phase = "accepted" if case.accepted else "received"
            case.outcome = case.closed_at = None
        case "StepCompleted":
            case.steps += 1
        case _:
            pass


def _custody(case: Case, record: Record) -> None:
    data = record.data
    match record.name:
        case "CaseClaimed" | "CaseAssigned":
            case.person = data["person"]
        case "CaseReleased":
            case.person = None
        case "ReferralAcknowledged":
            case.custody, case.person = "held", data["person"]
        case "HandoverArrived":
            case.arrived = True
        case name if name in NAMES_ITS_HOLDER or name == ASSUMED:
            offered = name == "CaseReferred" and data["referral"] != "assign_down"
            case.custody, case.person, case.arrived = ("offered" if offered else "held"), None, name == ASSUMED
            case.path.append(record.holder)
            case.passes.append(str(HOW.get(name) or data.get("referral") or data["purpose"]))
        case _:
            pass


def counted(case: Case) -> Iterator[tuple[str, str]]:
    """(name, key) of each count that this case belongs to."""
    yield "phase", f"{case.holder}/{case.phase}/{case.custody if case.arrived else 'transit'}"
    yield "item", f"{case.item}/{'closed' if case.closed else 'open'}"
    yield "received_on", _day(case.received_at)
    if case.closed_at is not None:
        yield "closed_on", _day(case.closed_at)
    for i, how in enumerate(case.passes):
        yield "flow", f"{case.path[i]}/{case.path[i + 1]}/{how}"


def _day(at: datetime) -> str:
    return at.astimezone(OFFICE).date().isoformat()


class View:
    """Of one service: each row against its chain, and all rows against the counts."""

    def __init__(self) -> None:
        self.cases = self.open = self.closed = 0
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lights: Counter[tuple[str, str]] = Counter()

    def look(self, case: Case | None, row: Any, deadline: Any) -> Iterator[tuple[str, str]]:
        """What does not hold of the rows of one case: invariant and detail. None where there is no chain or row."""
        if case is None:
            if row is not None or deadline is not None:
                yield "view", "a row of a case that is not in the log"
            return
        self.cases += 1
        self.open, self.closed = self.open + (not case.closed), self.closed + case.closed
        self._counts.update(counted(case))
        if row is None:
            yield "view", f"no row of a case with {case.seq} events"
        else:
            for name in COMPARED:
                if row[name] != getattr(case, name):
                    yield "view", f"{name} is {row[name]!r}, a fresh fold gives {getattr(case, name)!r}"
        if deadline is not None:
            self._lights.update(_lights(deadline))
            if (deadline["seq"], deadline["holder"]) != (case.seq, case.holder):
                said = f"after #{deadline['seq']} held by {deadline['holder']}"
                yield "deadline", f"its limits are those {said}, the chain ends with #{case.seq} held by {case.holder}"
        elif not case.closed and (case.arrived or case.accepted):
            yield "deadline", f"a limit runs in phase {case.phase}, and no row says so"

    def counts_differ(self, kept: Iterable[Any]) -> Iterator[tuple[str, str]]:
        """Against the rows (view, name, key, n) of table `tally`."""
        said = {(view, name, key): n for view, name, key, n in kept}
        fresh = {("cases", *key): n for key, n in self._counts.items()}
        fresh |= {("deadline", *key): n for key, n in self._lights.items()}
        checked = {("cases", name) for name in COUNTS} | {("deadline", "light"), ("deadline", "acknowledge")}
        for key in sorted(fresh.keys() | said.keys()):
            if key[:2] in checked and said.get(key, 0) != fresh.get(key, 0) and not key[2].endswith("/-/-"):
                yield "count", f"{' '.join(key)} is {said.get(key, 0)}, its rows are {fresh.get(key, 0)}"


def _lights(row: Any) -> Iterator[tuple[str, str]]:
    """The counts by which boards show lights; they are of what its row says. History from a file shows those of its
    last instant, under keys without days, and is left out."""
    if row["frozen"] is None and row["clock"] != "unknown":
        light = "paused" if row["paused"] else "green"
        yield "light", "/".join((row["holder"], light, *(_day(at) if at else "-" for at in (row["amber"], row["due"]))))
    if row["frozen"] is None and row["acknowledge_due"] is not None:
        ends = (row["acknowledge_amber"], row["acknowledge_due"])
        yield "acknowledge", "/".join((row["holder"], "green", *(_day(at) if at else "-" for at in ends)))
