"""What each notice says of a case: Chinese words and days (YYYY-MM-DD), taken from the case's own history.

Texts that lie sealed in the log come opened, because the applicant reads them; nothing here goes into logs or events.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

import orjson

from contracts import case as c
from contracts.case import CaseReceived
from contracts.case.papers import NoticeKind
from contracts.events import Event
from services.casework.book import Book
from services.casework.case import Case
from services.casework.ledger import ledgers
from services.casework.moment import local_day
from services.casework.names import named_roles
from services.office.choices import CHOICES
from services.pages.languages import languages
from services.pages.phrases import MISSING, Words

E = TypeVar("E", bound=Event)
Told = dict[str, Any]
WORKING_DAYS = "{}个工作日"
CHINESE = languages()["zh"]


class Happened(NamedTuple):
    """One event of the case's live branch, its sealed texts opened, and when it happened (UTC)."""

    event: Event
    time: datetime


class Issue(NamedTuple):
    """A notice that is about to be issued: by which unit, under which number and seal, on which local day."""

    notice: NoticeKind
    unit: str
    number: str
    seal: str
    day: date


class _Story:
    """The case at `at`, with the words that its sentences need."""

    def __init__(self, case: Case, happened: Sequence[Happened], book: Book, at: datetime) -> None:
        self.case = case
        self.book = book
        self.at = at
        self.item = book.item(case.item, case.item_version)
        self.words = Words(book, self.item)
        self.happened = happened

    def last(self, kind: type[E]) -> tuple[E, str] | None:
        """The newest event of this kind and its local day."""
        for event, time in reversed(self.happened):
            if isinstance(event, kind):
                return event, local_day(time).isoformat()
        return None

    def unit(self, code: str) -> str:
        return self.words.unit(code).said(CHINESE)

    def due(self, clock: str) -> tuple[str, str]:
        """Working days and last day of this clock; empty where it does not run."""
        for ledger in ledgers(self.case.times, self.book, self.at):
            if ledger.limit.clock == clock:
                last = ledger.limit.last_day
                return WORKING_DAYS.format(ledger.limit.days), last.isoformat() if last else ""
        return "", ""


def told(issue: Issue, case: Case, happened: Sequence[Happened], book: Book, at: datetime) -> Told:
    """What the template of this notice is filled with."""
    story = _Story(case, happened, book, at)
    received = story.last(CaseReceived)
    assert received is not None
    return {
        "kind": issue.notice,
        "number": issue.number,
        "issued_on": issue.day.isoformat(),
        "unit": story.unit(issue.unit),
        "seal": issue.seal,
        "case": case.number,
        "item": story.words.item_name().said(CHINESE),
        "applicant": applicant_name(received[0]),
        "received_on": received[1],
        **OF_KIND[issue.notice](story),
    }


def applicant_name(received: CaseReceived) -> str:
    """The applicant's, of a receipt whose texts are opened."""
    found = orjson.loads(str(received.applicant))
    return str(found.get("name", "")) if isinstance(found, dict) else ""


def _receipt(story: _Story) -> Told:
    found = story.last(CaseReceived)
    asked = story.last(c.SupplementRequested)
    assert found is not None
    received, _ = found
    return {
        "received_at_unit": story.unit(story.case.number.partition("-")[0]),
        "channel": _word("channel", received.channel),
        "materials": [
            {"name": story.words.material(one.kind).said(CHINESE), "form": _word("form", one.form)}
            for one in story.case.materials
        ],
        "missing": _missing(story, asked[0].missing) if asked else [],
        "due": story.due("committed")[1] or story.due("statutory")[1],
    }


def _supplement(story: _Story) -> Told:
    found = story.last(c.SupplementRequested)
    if found is None:
        return {}
    asked, day = found
    return {"told_on": day, "missing": _missing(story, asked.missing), "note": str(asked.note or "")}


def _missing(story: _Story, missing: Iterable[c.MissingMaterial]) -> list[Told]:
    return [
        {
            "name": story.words.material(one.kind).said(CHINESE),
            "note": CHINESE.gettext(MISSING[one.reason]) if one.reason in MISSING else "",
        }
        for one in missing
    ]


def _acceptance(story: _Story) -> Told:
    accepted = story.case.acceptance
    if accepted is None:
        return {}
    statutory, statutory_due = story.due("statutory")
    committed, committed_due = story.due("committed")
    return {
        "accepted_on": accepted.accepted_on.isoformat(),
        "deemed": accepted.deemed,
        "statutory": statutory,
        "statutory_due": statutory_due,
        "committed": committed,
        "committed_due": committed_due,
    }


def _declination(story: _Story) -> Told:
    found = story.last(c.AcceptanceDeclined)
    if found is None:
        return {}
    declined, _ = found
    right = declined.right_office
    return {
        "ground": _word("decline.reason", declined.reason),
        "note": f"应当向{story.unit(right) if right in story.book.units else right}申请。" if right else "",
    }


def _extension(story: _Story) -> Told:
    found = story.last(c.DeadlineExtended)
    if found is None:
        return {}
    extended, _ = found
    return {
        "days": str(extended.days),
        "until": story.due("statutory")[1],
        "approved_by": named_roles([extended.by])[0],
        "ground": _word("extend.reason", extended.reason),
    }


def _special_procedure(story: _Story) -> Told:
    suspended, offered = story.last(c.CaseSuspended), story.last(c.HearingOffered)
    if suspended is not None:
        event, day = suspended
        return {
            "ground": story.words.ground(event.ground).said(CHINESE),
            "since": day,
            "expected": str(event.expected_days),
            "note": str(event.basis or ""),
        }
    if offered is not None:
        event, day = offered
        asked_by = CHINESE.day(event.answer_by)
        return {
            "ground": story.words.ground("hearing").said(CHINESE),
            "since": day,
            "note": f"申请人、利害关系人要求听证的，应当在{asked_by}前提出。",
        }
    return {}


def _decision(story: _Story) -> Told:
    found = story.last(c.CaseDecided)
    if found is None:
        return {}
    decided, day = found
    role = "chief_representative" if decided.delegation else "approver"
    return {
        "decided_on": day,
        "decided_by": named_roles([role])[0],
        "ground": _word("decide.reason", decided.reason) if decided.reason else "",
    }


def _delivery(story: _Story) -> Told:
    found = story.last(c.ResultDelivered)
    if found is None:
        return {}
    delivered, day = found
    given = [f"{CHINESE.gettext(CHOICES['issue_notice.notice'][n.notice])}（{n.number}）" for n in _papers(story)]
    return {"delivered_on": day, "way": _word("deliver.how", delivered.how), "papers": given}


def _papers(story: _Story) -> list[c.NoticeIssued]:
    """The decision, as it was issued."""
    found: list[c.NoticeIssued] = []
    for event, _ in story.happened:
        if isinstance(event, c.NoticeIssued) and event.notice.startswith("decision"):
            found.append(event)
    return found


def _word(what: str, code: str) -> str:
    """A code in words; one that a locality added stays as it is."""
    return CHINESE.gettext(CHOICES[what][code]) if code in CHOICES.get(what, {}) else code


OF_KIND: Mapping[NoticeKind, Callable[[_Story], Told]] = {
    "receipt": _receipt,
    "supplement": _supplement,
    "acceptance": _acceptance,
    "declination": _declination,
    "extension": _extension,
    "special_procedure": _special_procedure,
    "decision_granted": _decision,
    "decision_denied": _decision,
    "delivery": _delivery,
}
