"""What a case tells its citizen: where it lies, what is promised, a timeline in plain words, and what may be asked."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

import structlog

from contracts.case import CaseEvent
from contracts.catalogue import event_of
from contracts.envelope import Envelope, digest, read
from contracts.fields import instant_text
from services.casework.applicant import Asked
from services.casework.book import Book
from services.casework.case import Case, Held, Offered, holder
from services.casework.ledger import Ledger, ledgers
from services.casework.moment import local_day
from services.office.case_fold import CaseFold
from services.office.limits_shown import shown_ledger
from services.pages.languages import N_, Language, languages
from services.pages.phrases import Name, Phrase, Words
from services.pages.words import PHASES
from services.portal import timeline
from services.portal.replies import KINDS, May, Reply, answers, may_ask, replies
from services.portal.timeline import Step
from services.runtime.fold import stamp
from services.runtime.sealed_events import open_event
from services.runtime.sealing import CannotOpen

FOR_CITIZENS = frozenset(
    {"notice", "after_supplement", "supply", "preliminary_review", "statutory", "committed", "delivery"}
)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tracked:
    """What the citizen is shown. Times UTC."""

    number: str
    item: Name | Phrase
    phase: str
    where: Phrase
    since: datetime
    received_at: datetime
    promise: Phrase | None
    missing: tuple[Phrase, ...]
    steps: tuple[Step, ...]
    limits: tuple[Ledger, ...]
    closed: bool
    requests: tuple[Reply, ...]
    """The citizen's own, oldest first."""
    may: tuple[May, ...]

    def json(self) -> dict[str, Any]:
        """Each text in both languages."""
        return {
            "number": self.number,
            "item": both(self.item),
            "phase": {"code": self.phase, **both(Phrase(PHASES[self.phase]))},
            "where": both(self.where),
            "since": instant_text(self.since),
            "received_at": instant_text(self.received_at),
            "closed": self.closed,
            "promise": both(self.promise) if self.promise else None,
            "missing": [both(paper) for paper in self.missing],
            "limits": [shown_ledger(ledger) for ledger in self.limits],
            "timeline": [
                {
                    "at": instant_text(step.at),
                    **both(step.phrase),
                    "times": step.times,
                    "details": [both(detail) for detail in step.details],
                    "note": step.note,
                }
                for step in self.steps
            ],
            "requests": [
                {
                    "request": reply.asked.request,
                    "kind": {"code": reply.asked.kind, **both(Phrase(KINDS[reply.asked.kind]))},
                    "at": instant_text(reply.asked.at),
                    "state": {"code": reply.state, **both(reply.phrase)},
                }
                for reply in self.requests
            ],
            "actions": [
                {"name": may.name, "possible": may.code is None, "code": may.code, **(both(may.why) if may.why else {})}
                for may in self.may
            ],
        }


def both(said: Name | Phrase) -> dict[str, str]:
    """In each language."""
    return {code: said.said(language) for code, language in languages().items()}


def line(step: Step, language: Language) -> str:
    """The sentence, with how often when it was more than once."""
    said = step.phrase.said(language)
    if step.times == 1:
        return said
    times = language.ngettext("{n} time", "{n} times", step.times).format(n=step.times)
    return f"{said} ({times})" if language.code == "en" else f"{said}（{times}）"


def told(records: list[bytes], key: bytes, book: Book, now: datetime, asked: tuple[Asked, ...] = ()) -> Tracked:
    """The case in these records of one stream, by seq, at `now`; `key` opens what is sealed in it, `asked` is what its
    citizen asked."""
    fold = CaseFold()
    case: Case | None = None
    words: Words | None = None
    steps: list[Step] = []
    answered: dict[str, CaseEvent] = {}
    for value in records:
        envelope = read(value)
        event = cast("CaseEvent", event_of(envelope.type, envelope.data))
        case = fold.evolve(case, event, stamp(envelope, digest(value)))
        words = words or Words(book, book.item(case.item, case.item_version))
        _tell(steps, event, envelope, words, key)
        if (request := answers(event)) is not None:
            answered.setdefault(request, event)
    assert case is not None
    assert words is not None
    last = case.last_pass
    return Tracked(
        number=case.number,
        item=words.item_name(),
        phase=case.phase.value,
        where=_where(case, words),
        since=last.at if last else case.received_at,
        received_at=case.received_at,
        promise=_promise(case),
        missing=tuple(timeline.paper(paper, words) for paper in case.missing),
        steps=tuple(steps),
        limits=_limits(case, book, now),
        closed=case.ending is not None,
        requests=replies(asked, answered),
        may=may_ask(case, asked, now),
    )


def _limits(case: Case, book: Book, now: datetime) -> tuple[Ledger, ...]:
    """The limits that are the citizen's; those between offices stay there. Of history from a file as it stood at its
    last event."""
    at = case.last_time if case.importing else now
    return tuple(ledger for ledger in ledgers(case.times, book, at) if ledger.limit.clock in FOR_CITIZENS)


def _tell(steps: list[Step], event: CaseEvent, envelope: Envelope, words: Words, key: bytes) -> None:
    said = timeline.phrase(event, envelope.source, words)
    if said is None:
        return
    last, details = steps[-1] if steps else None, timeline.details(event, words)
    plain = last is not None and not last.details and not details
    if last and plain and last.phrase == said and local_day(last.at) == local_day(envelope.time):
        steps[-1] = replace(last, at=envelope.time, times=last.times + 1)
        return
    steps.append(Step(envelope.time, said, details, _note(event, envelope, key)))


def _note(event: CaseEvent, envelope: Envelope, key: bytes) -> str | None:
    if timeline.note(event) is None:
        return None
    try:
        return timeline.note(open_event(event, key, envelope.subject, envelope.seq))
    except CannotOpen:
        log.warning("note_does_not_open", case=envelope.subject, seq=envelope.seq)
        return None


def _where(case: Case, words: Words) -> Phrase:
    unit = words.unit(holder(case))
    match case.custody:
        case _ if not case.arrived:
            return Phrase(N_("On its way to {unit}"), {"unit": unit})
        case Offered():
            return Phrase(N_("With {unit}, to be taken over there"), {"unit": unit})
        case Held():
            return Phrase(N_("With {unit}"), {"unit": unit})


def _promise(case: Case) -> Phrase | None:
    if case.acceptance is None or case.ending is not None:
        return None
    for clock in ("committed", "statutory"):
        for limit in case.acceptance.limits:
            if limit.clock == clock:
                return Phrase(
                    N_("Within {days} working days of {day}"),
                    {"days": limit.days, "day": case.acceptance.accepted_on},
                )
    return None
