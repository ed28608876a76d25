"""Joins the runtime's fold to casework's, for cases and for the streams beside them."""

from dataclasses import dataclass
from typing import cast

from contracts.case import CaseEvent
from contracts.events import Event
from contracts.stamp import Stamped
from contracts.supervision import SupervisionAnswered, SupervisionOrdered
from services.casework import fold as casework
from services.casework import supervision
from services.casework.case import Case, holder
from services.casework.supervision import Order
from services.runtime.fold import Custody


class CaseFold:
    """Implements `services.runtime.fold.Fold[Case]`."""

    def evolve(self, state: Case | None, event: Event, stamp: Stamped) -> Case:
        return casework.evolve(state, cast("CaseEvent", event), stamp)

    def custody(self, state: Case) -> Custody:
        return Custody(holder(state), state.epoch, state.term)


@dataclass(frozen=True, slots=True)
class Record:
    """A stream beside cases: its single writer and its events so far."""

    unit: str
    events: tuple[Event, ...]


class OrderFold:
    """Implements `services.runtime.fold.Fold[Order]`: who gave the order alone writes its stream."""

    def evolve(self, state: Order | None, event: Event, stamp: Stamped) -> Order:
        told = cast("SupervisionOrdered | SupervisionAnswered", event)
        order = supervision.evolve(state, told, stream=stamp.stream, unit=stamp.unit, at=stamp.time)
        assert order is not None, "no log takes an answer in before its order"
        return order

    def custody(self, state: Order) -> Custody:
        return Custody(state.unit, 0, 0)


class RecordFold:
    """Implements `services.runtime.fold.Fold[Record]`: holder = writer, no terms."""

    def evolve(self, state: Record | None, event: Event, stamp: Stamped) -> Record:
        return Record(stamp.unit, (*(state.events if state else ()), event))

    def custody(self, state: Record) -> Custody:
        return Custody(state.unit, 0, 0)
