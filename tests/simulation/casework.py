"""As much casework as the protocol needs: what a holder may do next, and what answers a request."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from services.casework.book import Book, Unit
from services.casework.case import Pass
from services.casework.dispute import judge
from services.runtime.asking import Asked
from services.runtime.branch import Link
from tests.simulation.records import Record

SUPERIORS = {"c": None, "d1": "c", "d2": "c", "t1": "d1", "t2": "d1", "t3": "d2"}
BOOK = Book(
    {
        code: Unit(code, code, "city" if above is None else "district" if above == "c" else "township", above, "", "")
        for code, above in SUPERIORS.items()
    }
)
LONG_AGO = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass(slots=True)
class State:
    offered: bool = False
    arrived: bool = True
    closed: bool = False
    sender: str = ""
    """Who made the last pass."""


def fold(chain: Iterable[Record]) -> State:
    state = State()
    for record in chain:
        match record.kind:
            case "CaseReferred":
                state.offered, state.arrived, state.sender = True, False, record.link.unit
            case "ReferralRefused" | "ReferralRecalled" | "CaseReturned":
                state.offered, state.arrived, state.sender = False, False, record.link.unit
            case "CaseDisputed":
                handed = record.link.holder != record.link.unit
                state.offered, state.arrived, state.sender = False, state.arrived and not handed, record.link.unit
            case "HandoverArrived":
                state.arrived = True
            case "ReferralAcknowledged":
                state.offered = False
            case "CustodyAssumed":
                state.offered, state.arrived = False, True
            case "CaseConcluded":
                state.closed = True
            case _:
                pass
    return state


def answered(chain: Iterable[Record]) -> set[str]:
    return {record.answers for record in chain if record.answers is not None}


@dataclass(frozen=True, slots=True)
class Option:
    """An event that the holder may write, and the new holder. `between`: of a dispute, who would have been it."""

    kind: str
    to: str | None = None
    between: str | None = None


def options(chain: list[Record], units: list[str], disputes: bool) -> list[Option]:
    """What the holder may write; more often what moves the case on. `disputes`: rule 5 is followed."""
    state, head = fold(chain), chain[-1].link
    if state.offered:
        refusal = _back(chain, "ReferralRefused", state.sender, disputes)
        return [Option("ReferralAcknowledged"), Option("ReferralAcknowledged"), refusal]
    if state.closed:
        return []
    earlier = sorted({record.link.unit for record in chain} - {head.holder})
    others = [unit for unit in units if unit != head.holder]
    return [
        Option("StepCompleted"),
        *(Option("CaseReferred", unit) for unit in others),
        *(_back(chain, "CaseReturned", unit, disputes) for unit in earlier),
        Option("CaseConcluded"),
    ]


def _back(chain: list[Record], kind: str, to: str, disputes: bool) -> Option:
    """The case goes back, or before the superior of the two when it went to and fro often enough."""
    path: list[Pass] = []
    worked = 0
    for record in chain:
        unit, holder = record.link.unit, record.link.holder
        if record.kind in ("StepCompleted", "CaseConcluded"):
            worked = len(path)
        elif record.kind == "CaseDisputed" and record.between is not None:
            path.append(Pass("dispute", unit, holder, "", LONG_AGO, b"", ("refusal", record.between)))
        elif record.kind == "ReferralRefused":
            path.append(Pass("refusal", unit, holder, "", LONG_AGO, b""))
        elif record.kind == "CaseReturned":
            path.append(Pass("return", unit, holder, "", LONG_AGO, b""))
    superior = judge(path, worked, chain[-1].link.holder, to, BOOK) if disputes else None
    return Option(kind, to) if superior is None else Option("CaseDisputed", superior, to)


def answer(chain: list[Record], asked: Asked, kind: str, counts: bool) -> tuple[str, str | None] | None:
    """The event by which a holder answers, and the new holder; None: it waits until the case is acknowledged."""
    state = fold(chain)
    if kind == "RecallRequested":
        if state.offered and counts and state.sender == asked.unit:
            return "ReferralRecalled", asked.unit
        return "RequestDeclined", None
    if state.offered:
        return None
    return ("RequestDeclined", None) if state.closed else ("CaseUrged", None)


def may_recall(chain: list[Record], unit: str) -> bool:
    state = fold(chain)
    return state.offered and state.sender == unit


def passes(link: Link) -> bool:
    return link.holder != link.unit
