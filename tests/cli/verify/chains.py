"""Chains as the offices write them, for the tests of verify."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.case import (
    CaseAccepted,
    CaseConcluded,
    CaseDecided,
    CaseReceived,
    CaseReferred,
    CaseReturned,
    CustodyAssumed,
    HandoverArrived,
    ReferralAcknowledged,
    ResultDelivered,
    StepCompleted,
)
from contracts.envelope import build, digest
from contracts.events import Event
from contracts.fields import Ciphertext
from contracts.reference import UnitOpened
from services.cli.verify.sources import ANCHORS, Given, Head
from services.runtime import base64url
from services.runtime.anchor import ends, sign_anchor

CITY, DISTRICT, TOWNSHIP = "340400", "340405", "340405101"
START = datetime(2026, 11, 22, 8, tzinfo=UTC)
CASE = f"{TOWNSHIP}-20261122-0001"
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


class Writer:
    """Appends events to one chain; each argument may be wrong, so a forger is one of them."""

    def __init__(self, stream: str = CASE, at: datetime = START) -> None:
        self.stream, self.lines, self._at = stream, list[bytes](), at
        self._epoch = self._term = 0
        self._holder = ""

    def write(
        self,
        event: Event,
        unit: str | None = None,
        *,
        holder: str | None = None,
        epoch: int | None = None,
        term: int | None = None,
        at: datetime | None = None,
    ) -> "Writer":
        unit = unit or self._holder
        to = holder or unit
        passes = bool(self._holder) and to != self._holder
        self._epoch = self._epoch if epoch is None else epoch
        self._term = self._term + passes if term is None else term
        self._holder = to
        self._at += timedelta(minutes=1)
        self.lines.append(
            build(
                event,
                stream=self.stream,
                seq=len(self.lines) + 1,
                epoch=self._epoch,
                term=self._term,
                unit=unit,
                holder=to,
                actor="R21",
                time=at or self._at,
                recorded=self._at,
                command=digest(f"{self.stream}{len(self.lines)}".encode()),
                prev=digest(self.lines[-1]) if self.lines else None,
            )
        )
        return self

    def later(self, *, hours: int) -> "Writer":
        self._at += timedelta(hours=hours)
        return self

    @property
    def given(self) -> Given:
        return given(self.stream, self.lines)


def given(stream: str, lines: Sequence[bytes], *, head: Sequence[bytes] | None = None) -> Given:
    """What a service sends; its heads say that the chain ends with the last of `head`."""
    promised = Head(len(head), digest(head[-1]).hex()) if head else None
    return Given(stream, tuple(lines), promised)


def received(stream: str = CASE, at: datetime = START) -> Writer:
    sealed = Ciphertext("v1." + "A" * 60)
    fact = CaseReceived(item="small-item", item_version=1, channel="window", applicant=sealed)
    return Writer(stream, at).write(fact, stream.partition("-")[0])


def travelled(stream: str = CASE, *, upto: int = 10) -> Writer:
    """Township, district, township: accepted above, decided, and home with the result; the first `upto` events."""
    case = received(stream)
    offer = CaseReferred(to=DISTRICT, referral="forward_up", reason="route")
    story: list[tuple[Callable[[], Event], str | None]] = [
        (lambda: offer, DISTRICT),
        (lambda: HandoverArrived(handover=digest(case.lines[-1]).hex()), None),
        (lambda: ReferralAcknowledged(person="R1"), None),
        (lambda: CaseAccepted(accepted_on=START.date()), None),
        (lambda: StepCompleted(step="review", outcome="done"), None),
        (lambda: CaseDecided(outcome="granted", approver="R2"), None),
        (lambda: CaseConcluded(outcome="issued"), None),
        (lambda: CaseReturned(to=TOWNSHIP, purpose="deliver_result"), TOWNSHIP),
        (lambda: ResultDelivered(how="window"), None),
    ]
    for event, holder in story[: upto - 1]:
        case.write(event(), holder=holder)
    return case


def assumed(stream: str = CASE) -> Writer:
    fact = CustodyAssumed(order="order-1", reason="overdue")
    return received(stream).write(fact, CITY, epoch=1, term=0)


def opened(unit: str = TOWNSHIP) -> Writer:
    public = base64url.encode(KEY.public_key().public_bytes_raw())
    fact = UnitOpened(
        code=unit, name="毕家岗街道", tier="township", sealing_key=public, anchor_key=public, parent=DISTRICT
    )
    return Writer(f"unit/{unit}").write(fact, CITY)


def anchored(
    chains: Sequence[Writer], unit: str = TOWNSHIP, *, key: Ed25519PrivateKey = KEY, day: date | None = None
) -> Writer:
    """The anchor that the product itself signs over these chains, some hours after they were written."""
    last: dict[str, bytes] = {}
    events = 0
    for chain in chains:
        own = [line for line in chain.lines if f'"source":"{unit}"'.encode() in line]
        events += len(own)
        if own:
            last[chain.stream] = digest(own[-1])
    fact = sign_anchor(key, unit, day or START.date(), ends(last), events)
    return Writer(f"anchor/{unit}", START + timedelta(hours=6)).write(fact, unit)


class Copy:
    """A source in memory."""

    def __init__(self, name: str, *chains: Given, in_order: bool = True) -> None:
        self.name = name
        self._chains = sorted(chains, key=lambda given: given.stream) if in_order else list(chains)

    async def chains(self) -> AsyncIterator[Given]:
        for one in self._chains:
            yield one

    async def anchors(self) -> AsyncIterator[bytes]:
        for one in self._chains:
            if one.stream.startswith(ANCHORS):
                for line in one.lines:
                    yield line
