"""Chains of real records, as services write them, for tests of what moves them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from contracts.case import CaseReceived, CaseReferred, CaseReturned, CustodyAssumed, HandoverArrived
from contracts.envelope import CONTENT_TYPE, Envelope, build, digest, read
from contracts.events import Event
from contracts.fields import Plain
from contracts.requests import UrgingRequested
from services.runtime.row import Row
from services.runtime.sealed_events import has_sealed, seal_event
from services.runtime.sealing import new_case_key

CITY, DISTRICT, TOWNSHIP, OTHER = "340400000", "340405000", "340405101", "340405102"
HEADERS = [("content-type", CONTENT_TYPE)]
BEGIN = datetime(2026, 11, 20, 8, tzinfo=UTC)


@dataclass(slots=True)
class Chain:
    """One stream. `values` are its records in order; custody is what the last one says."""

    stream: str
    values: list[bytes] = field(default_factory=list[bytes])
    key: bytes = field(default_factory=new_case_key)
    holder: str = ""
    epoch: int = 0
    term: int = 0
    begin: datetime = BEGIN
    """A minute before the first event. Where the law's clock runs too it must be lately."""

    def copy(self) -> "Chain":
        return Chain(self.stream, list(self.values), self.key, self.holder, self.epoch, self.term, self.begin)

    @property
    def head(self) -> bytes | None:
        return digest(self.values[-1]) if self.values else None

    def write(self, event: Event, unit: str, holder: str | None = None, command: str = "") -> bytes:
        """The next record, by `unit`; `holder` makes it a pass. Nothing is checked."""
        seq = len(self.values) + 1
        before = self.holder or unit
        self.holder = holder or (unit if not self.holder else self.holder)
        if isinstance(event, CustodyAssumed):
            self.epoch, self.term, self.holder = self.epoch + 1, 0, unit
        else:
            self.term += self.holder != before
        if has_sealed(event):
            event = seal_event(event, self.key, self.stream, seq)
        time = self.begin + timedelta(minutes=seq)
        value = build(
            event,
            stream=self.stream,
            seq=seq,
            epoch=self.epoch,
            term=self.term,
            unit=unit,
            holder=self.holder,
            actor="w1007",
            time=time,
            recorded=time,
            command=sha256(f"{self.stream}:{seq}:{command}".encode()).digest(),
            prev=self.head,
        )
        self.values.append(value)
        return value

    def received(self) -> "Chain":
        unit = self.stream.partition("-")[0]
        self.write(
            CaseReceived(item="birth-certificate", item_version=1, channel="window", applicant=Plain("applicant")), unit
        )
        return self

    def referred(self, to: str) -> "Chain":
        self.write(CaseReferred(to=to, referral="forward_up", reason="decides_above"), self.holder, to)
        return self

    def arrived(self) -> "Chain":
        assert self.head is not None
        self.write(HandoverArrived(handover=self.head.hex()), self.holder)
        return self

    def returned(self, to: str) -> "Chain":
        self.write(CaseReturned(to=to, purpose="handled"), self.holder, to)
        return self

    def assumed(self, by: str = CITY) -> "Chain":
        self.write(CustodyAssumed(order="order-1", reason="overdue"), by)
        return self

    def rows(self) -> tuple[Row, ...]:
        """As an own append has them."""
        return tuple(_copied(read(value), value, digest(value)) for value in self.values)


def case(serial: int, unit: str = TOWNSHIP) -> Chain:
    return Chain(f"{unit}-20261120-{serial:04d}").received()


def travelled(serial: int, unit: str = TOWNSHIP) -> Chain:
    """Township to district to city and back to the district: seven events."""
    return case(serial, unit).referred(DISTRICT).arrived().referred(CITY).arrived().returned(DISTRICT).arrived()


def urging(name: str, of: Chain, unit: str = DISTRICT) -> Chain:
    request = Chain(f"request/{name}")
    request.write(
        UrgingRequested(case=of.stream, epoch=of.epoch, term=of.term, by="supervisor", level="reminder"), unit
    )
    return request


def _copied(envelope: Envelope, value: bytes, hash_: bytes) -> Row:
    """The row of a record that somebody else wrote."""
    return Row(
        envelope.subject,
        envelope.seq,
        envelope.epoch,
        envelope.term,
        envelope.holder,
        envelope.type,
        envelope.source,
        envelope.actor,
        envelope.time,
        envelope.recorded,
        bytes.fromhex(envelope.command),
        value,
        bytes.fromhex(envelope.prevhash) if envelope.prevhash else None,
        hash_,
    )
