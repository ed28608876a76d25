"""The view of supervision orders: who gave which to whom, until when, and whether it is answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from contracts.events import Event, type_name
from contracts.supervision import SupervisionAnswered, SupervisionOrdered
from services.casework.moment import local_day
from services.casework.supervision import Order
from services.runtime.entry import Entry, bare
from services.runtime.view import ViewRow


@dataclass(slots=True, kw_only=True)
class SupervisionRow(ViewRow):
    """Columns of table `supervision`."""

    number: str
    orderer: str
    ordered: str
    reason: str
    days: int
    given_on: date
    given_at: datetime
    answered_at: datetime | None = None
    request: str | None = None


class SupervisionView:
    """Implements `services.runtime.view.View`."""

    name = "supervision"
    prefix = "sanji.supervision."
    types = frozenset({type_name(SupervisionOrdered), type_name(SupervisionAnswered)})
    facts: Mapping[str, Event] = bare(())
    row = SupervisionRow

    def fold(self, row: SupervisionRow | None, entry: Entry) -> SupervisionRow:
        if row is None:
            assert isinstance(entry.event, SupervisionOrdered)
            return _given(entry.event, entry)
        if isinstance(entry.event, SupervisionAnswered) and row.answered_at is None:
            row.answered_at, row.request = entry.time, entry.event.request
        return row

    def tallies(self, row: SupervisionRow) -> Iterable[tuple[str, str]]:
        """Open orders by unit, their working days and the local day they were given on: with a calendar these say how
        many show each light on any day. `given`: by who gave them, `received`: by who is to answer."""
        if row.answered_at is None:
            yield "given", f"{row.orderer}/{row.days}/{row.given_on}"
            yield "received", f"{row.ordered}/{row.days}/{row.given_on}"


def _given(event: SupervisionOrdered, entry: Entry) -> SupervisionRow:
    return SupervisionRow(
        stream=entry.stream,
        seq=entry.seq,
        epoch=entry.epoch,
        number=event.case,
        orderer=entry.unit,
        ordered=event.to,
        reason=event.reason,
        days=event.days,
        given_on=local_day(entry.time),
        given_at=entry.time,
    )


def order_of(row: SupervisionRow) -> Order:
    """What the row says, in casework's words."""
    return Order(
        stream=row.stream,
        case=row.number,
        unit=row.orderer,
        to=row.ordered,
        reason=row.reason,
        days=row.days,
        at=row.given_at,
        answered=row.request,
        answered_at=row.answered_at,
    )
