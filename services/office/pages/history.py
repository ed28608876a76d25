"""What happened to a case, for the offices: every event with who wrote it and what it says, but for what is sealed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from contracts.envelope import read
from contracts.events import Event
from services.office.choices import CHOICES
from services.office.pages.act_forms import Desk, Said
from services.office.pages.act_words import FIELDS
from services.pages.languages import N_
from services.pages.phrases import MISSING, SUSPENSIONS, Phrase, Words
from services.runtime.entry import stored_event
from services.runtime.sealed_events import sealed_fields
from services.runtime.statements import statement

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

LABELS: Mapping[str, str] = {
    **FIELDS,
    "referral": N_("As what"),
    "accepted_on": N_("Accepted on"),
    "deemed": N_("By the passing of time"),
    "missing": N_("Still missing"),
    "person": N_("Person"),
    "approver": N_("Approver"),
    "delegation": N_("Under the grant"),
    "number": N_("Number"),
    "issued_on": N_("Issued on"),
    "answer_by": N_("Answer by"),
    "channel": N_("Channel"),
    "item_version": N_("Version of the item"),
    "level": N_("How urgently"),
    "between": N_("Between"),
    "why": N_("Why"),
    "old": N_("Before"),
    "new": N_("Now"),
}
UNITS = frozenset({"to", "unit", "right_office", "between"})
SHOWN_AS = {
    "referral": "refer.kind",
    "purpose": "return.purpose",
    "how": "deliver.how",
    "notice": "issue_notice.notice",
    "level": "request_urging.level",
    "method": "method",
    "channel": "channel",
    "party": "party",
}
OF_EVENT = {
    ("CaseDecided", "outcome"): "decide.outcome",
    ("CaseDecided", "reason"): "decide.reason",
    ("CaseConcluded", "outcome"): "conclude.outcome",
    ("CaseTerminated", "ground"): "terminate.ground",
    ("ReferralRefused", "ground"): "refuse.ground",
    ("AcceptanceDeclined", "reason"): "decline.reason",
    ("CaseReferred", "reason"): "refer.reason",
    ("DeadlineExtended", "reason"): "extend.reason",
    ("StepCompleted", "outcome"): "complete_step.outcome",
    ("CaseReopened", "ground"): "reopen.ground",
}


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    said: Said | date | int


@dataclass(frozen=True, slots=True)
class Step:
    """One event, newest custody included. `sealed`: something of it lies under the case's key."""

    at: datetime
    event: str
    unit: str
    person: str
    facts: Sequence[Fact]
    sealed: bool
    hash: str


def steps(rows: "Iterable[Record]", desk: Desk) -> list[Step]:
    """From the rows of one stream's live branch, in its order."""
    found: list[Step] = []
    for row in rows:
        envelope = read(row["value"])
        event = stored_event(envelope.type, row["value"])
        name = type(event).__name__
        hidden = sealed_fields(type(event))
        sealed = any(getattr(event, one) is not None for one in hidden)
        found.append(
            Step(
                envelope.time,
                name,
                envelope.source,
                envelope.actor,
                list(_facts(name, event, hidden, desk)),
                sealed,
                row["hash"].hex(),
            )
        )
    return found


async def since(pool: "Pool[Record]", number: str, desk: Desk, seen: str) -> list[Step]:
    """What came after the record with that hash; everything when it is not on the live branch any more."""
    found = steps(await pool.fetch(statement("log/stream"), number), desk)
    known = [at for at, step in enumerate(found) if step.hash == seen]
    return found[known[0] + 1 :] if known else found


def _facts(event_name: str, event: Event, hidden: Iterable[str], desk: Desk) -> Iterable[Fact]:
    words = Words(desk.book, desk.item)
    for name in type(event).model_fields:
        value = getattr(event, name)
        if name in hidden or name not in LABELS or value in (None, (), False, ""):
            continue
        for said in _said(event_name, name, value, words):
            yield Fact(LABELS[name], said)


def _said(event_name: str, name: str, value: Any, words: Words) -> Iterable[Said | date | int]:
    if name in ("materials", "missing", "items"):
        for paper in value:
            kind = words.material(paper.kind)
            said = getattr(paper, "reason", None) or getattr(paper, "form", None)
            text = MISSING.get(said or "") or CHOICES["form"].get(said or "")
            yield Phrase(N_("{paper}: {how}"), {"paper": kind, "how": Phrase(text)}) if text else kind
        return
    if name in UNITS:
        yield words.unit(value)
        return
    if name == "step":
        yield words.step(value) or value
        return
    if name == "ground" and value in SUSPENSIONS:
        yield words.ground(value)
        return
    if value is True:
        yield Phrase(N_("yes"))
        return
    if name == "amount":
        yield f"{value / 100:.2f}"
        return
    known = CHOICES.get(OF_EVENT.get((event_name, name)) or SHOWN_AS.get(name, ""), {})
    for one in value if isinstance(value, tuple) else (value,):
        text = known.get(one) if isinstance(one, str) else None
        if text is not None:
            yield Phrase(text)
        elif isinstance(one, str | date | int):
            yield one
