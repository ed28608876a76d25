"""The view of cases: what worklists, inboxes and boards show of each, and the counts over them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never, cast

from contracts import case as c
from contracts.case import CaseEvent
from contracts.events import Event, type_name
from services.casework.moment import local_day
from services.office.law_clock import ACTOR as CLOCK
from services.runtime.entry import CASES, Entry, bare
from services.runtime.view import ViewRow


@dataclass(slots=True, kw_only=True)
class CaseRow(ViewRow):
    """Columns of table `cases`. `path` are the units that held it, `passes` how it got from each to the next; `asked`
    are `unit/consultation` of whoever is still to answer; `consultations` were opened, of which `answers` came."""

    term: int
    item: str
    item_version: int
    channel: str
    imported: bool
    receiver: str
    phase: str
    outcome: str | None
    closed: bool
    holder: str
    custody: str
    sender: str | None
    arrived: bool
    person: str | None
    clock: str
    steps: int
    consultations: int
    answers: int
    suspensions: int
    accepted_by: str | None
    path: list[str]
    passes: list[str]
    asked: list[str]
    received_at: datetime
    closed_at: datetime | None
    last_at: datetime
    last_type: str
    on_the_spot: bool | None
    """Of a concluded case."""


READ = (
    c.CaseReceived,
    c.CaseClaimed,
    c.CaseAssigned,
    c.SupplementReceived,
    c.CaseReferred,
    c.ReferralAcknowledged,
    c.CaseReturned,
    c.CaseDecided,
    c.CaseConcluded,
    c.ConsultationOpened,
    c.ConsultationAnswered,
)
"""The events whose data the view needs."""

HEARD_OF = (
    c.CaseReleased,
    c.SupplementRequested,
    c.CaseAccepted,
    c.AcceptanceDeclined,
    c.StepCompleted,
    c.CaseSuspended,
    c.CaseResumed,
    c.HandoverArrived,
    c.ReferralRefused,
    c.ReferralRecalled,
    c.CaseDisputed,
    c.CustodyAssumed,
    c.ResultDelivered,
    c.CaseWithdrawn,
    c.CaseTerminated,
    c.CaseReopened,
)
"""The events of which it is enough to know that they happened. Every other one only moves `last_at`."""


class CaseView:
    """Implements `services.runtime.view.View`."""

    name = "cases"
    prefix = CASES
    types = frozenset(type_name(event) for event in READ)
    facts: Mapping[str, Event] = bare(type_name(event) for event in HEARD_OF)
    row = CaseRow

    def fold(self, row: CaseRow | None, entry: Entry) -> CaseRow:
        event = cast("CaseEvent | None", entry.event)
        if row is None:
            assert isinstance(event, c.CaseReceived)
            return _received(event, entry)
        if event is not None:
            _change(row, event, entry)
        row.term, row.holder = entry.term, entry.holder
        row.last_at, row.last_type = entry.time, entry.type
        return row

    def tallies(self, row: CaseRow) -> Iterable[tuple[str, str]]:
        """`phase`: holder/phase/custody; `flow`: from/to/how for each pass; `on_the_spot`: concluded cases by item;
        `law`: what was deemed accepted, asked of others, answered, suspended; per local day what came in and closed."""
        yield "phase", f"{row.holder}/{row.phase}/{row.custody if row.arrived else 'transit'}"
        yield "item", f"{row.item}/{'closed' if row.closed else 'open'}"
        yield "received_on", local_day(row.received_at).isoformat()
        if row.closed_at is not None:
            yield "closed_on", local_day(row.closed_at).isoformat()
        if row.on_the_spot is not None:
            yield "on_the_spot", f"{row.item}/{'spot' if row.on_the_spot else 'later'}"
        if row.accepted_by == CLOCK:
            yield "law", "deemed"
        for what in ("consultations", "answers", "suspensions"):
            for _ in range(getattr(row, what)):
                yield "law", what
        for i, how in enumerate(row.passes):
            yield "flow", f"{row.path[i]}/{row.path[i + 1]}/{how}"


def _received(event: c.CaseReceived, entry: Entry) -> CaseRow:
    return CaseRow(
        stream=entry.stream,
        seq=entry.seq,
        epoch=entry.epoch,
        term=entry.term,
        item=event.item,
        item_version=event.item_version,
        channel=event.channel,
        imported=event.imported,
        receiver=entry.unit,
        phase="received",
        outcome=None,
        closed=False,
        holder=entry.holder,
        custody="held",
        sender=None,
        arrived=True,
        person=None,
        clock="not_started",
        steps=0,
        consultations=0,
        answers=0,
        suspensions=0,
        accepted_by=None,
        path=[entry.unit],
        passes=[],
        asked=[],
        received_at=entry.time,
        closed_at=None,
        last_at=entry.time,
        last_type=entry.type,
        on_the_spot=None,
    )


def _passes(row: CaseRow, entry: Entry, how: str, custody: str) -> None:
    row.sender = row.path[-1] if how != "recall" else entry.unit
    row.path = [*row.path, entry.holder]
    row.passes = [*row.passes, how]
    row.custody, row.person, row.arrived = custody, None, False


def _ends(row: CaseRow, entry: Entry, phase: str, outcome: str) -> None:
    row.phase, row.outcome, row.closed, row.closed_at = phase, outcome, True, entry.time
    row.asked = []


def _unanswered(row: CaseRow, answered: str) -> list[str]:
    return [asked for asked in row.asked if asked.partition("/")[2] != answered]


def _change(row: CaseRow, event: CaseEvent, entry: Entry) -> None:
    # Each class before the right one is asked in vain: those of every case come first.
    match event:
        case c.StepCompleted():
            row.steps += 1
        case c.CaseAccepted():
            row.phase, row.clock, row.accepted_by = "accepted", "running", entry.actor
        case c.HandoverArrived():
            row.arrived = True
        case c.CaseReferred(referral=kind):
            _passes(row, entry, kind, "held" if kind == "assign_down" else "offered")
        case c.ReferralAcknowledged(person=person):
            row.custody, row.person = "held", person
        case c.CaseReturned(purpose=purpose):
            _passes(row, entry, purpose, "held")
        case c.CaseDecided(part=str()):
            # Of a joint case, which stays accepted until all of it is decided.
            pass
        case c.CaseDecided(outcome=outcome):
            row.phase, row.outcome, row.asked = "decided", outcome, []
        case c.ConsultationOpened(consultation=code, unit=unit):
            row.consultations += 1
            row.asked = [*_unanswered(row, code), f"{unit or entry.unit}/{code}"]
        case c.ConsultationAnswered(consultation=code):
            row.answers += 1
            row.asked = _unanswered(row, code)
        case c.CaseConcluded(outcome=outcome, on_the_spot=on_the_spot):
            _ends(row, entry, "concluded", outcome)
            row.on_the_spot = on_the_spot
        case c.ResultDelivered():
            row.phase = "delivered"
        case c.CaseClaimed(person=person) | c.CaseAssigned(person=person):
            row.person = person
        case c.CaseReleased():
            row.person = None
        case c.SupplementRequested():
            row.phase = "supplement_requested"
        case c.SupplementReceived(missing=missing):
            row.phase = "supplement_requested" if missing else "received"
        case c.CaseSuspended():
            row.clock = "suspended"
            row.suspensions += 1
        case c.CaseResumed():
            row.clock = "running"
        case c.ReferralRefused():
            _passes(row, entry, "refusal", "held")
        case c.ReferralRecalled():
            _passes(row, entry, "recall", "held")
        case c.CaseDisputed():
            _passes(row, entry, "dispute", "held")
        case c.CustodyAssumed():
            _passes(row, entry, "assumption", "held")
            row.arrived = True
        case c.AcceptanceDeclined():
            _ends(row, entry, "declined", "declined")
        case c.CaseWithdrawn():
            _ends(row, entry, "withdrawn", "withdrawn")
        case c.CaseTerminated():
            _ends(row, entry, "terminated", "terminated")
        case c.CaseReopened():
            # One that was never accepted is received again; a suspension of its first run is over.
            accepted = row.accepted_by is not None
            row.phase, row.clock = ("accepted", "running") if accepted else ("received", "not_started")
            row.outcome, row.closed, row.closed_at = None, False, None
            row.on_the_spot = None
        case (
            c.CaseReceived()
            | c.StepStarted()
            | c.PartiesHeard()
            | c.HearingOffered()
            | c.HearingRequested()
            | c.HearingRequestWithdrawn()
            | c.HearingWaived()
            | c.HearingAnnounced()
            | c.HearingCalledOff()
            | c.HearingHeld()
            | c.DeadlineExtended()
            | c.DeadlineRecomputed()
            | c.NoticeIssued()
            | c.CertificateIssued()
            | c.CertificateCorrected()
            | c.CertificateRevoked()
            | c.ActAdopted()
            | c.ActRevoked()
            | c.FeeAssessed()
            | c.FeePaid()
            | c.FeeWaived()
            | c.FeeRefunded()
            | c.CaseSettled()
            | c.CaseUrged()
            | c.RequestDeclined()
            | c.CaseCorrected()
            | c.CaseArchived()
            | c.CaseForgotten()
        ):
            pass
        case _:
            assert_never(event)
