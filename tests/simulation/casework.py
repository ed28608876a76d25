"""As much casework as the protocol needs: what a holder may do next, and what answers a request."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.runtime.asking import Asked
from services.runtime.branch import Link
from tests.simulation.records import Record


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


def options(chain: list[Record], units: list[str]) -> list[tuple[str, str | None]]:
    """(event, new holder) that the holder may write; more often what moves the case on."""
    state, head = fold(chain), chain[-1].link
    if state.offered:
        return [("ReferralAcknowledged", None), ("ReferralAcknowledged", None), ("ReferralRefused", state.sender)]
    if state.closed:
        return []
    earlier = sorted({record.link.unit for record in chain} - {head.holder})
    others = [unit for unit in units if unit != head.holder]
    return [
        ("StepCompleted", None),
        *(("CaseReferred", unit) for unit in others),
        *(("CaseReturned", unit) for unit in earlier),
        ("CaseConcluded", None),
    ]


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
