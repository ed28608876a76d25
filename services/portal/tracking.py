"""A case as its citizen sees it: opened by number and query code, while the code is there, and kept nowhere."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

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
from services.office.book_keeper import BookKeeper
from services.office.case_fold import CaseFold
from services.office.limits_shown import shown_ledger
from services.portal import requests, timeline, tracking_keys
from services.portal.languages import N_, Language, languages
from services.portal.replies import KINDS, May, Reply, answers, may_ask, replies
from services.portal.timeline import Name, Phrase, Step, Words
from services.portal.tries import Tries
from services.portal.words import PHASES
from services.runtime import tracking
from services.runtime.fold import stamp
from services.runtime.http.problem import Problem
from services.runtime.sealed_events import open_event
from services.runtime.sealing import CannotOpen
from services.runtime.statements import statement
from services.runtime.tracking import Cost, WrongCode

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

FOR_CITIZENS = frozenset(
    {"notice", "after_supplement", "supply", "preliminary_review", "statutory", "committed", "delivery"}
)
UNDER_WAY = 100
"""Tries that a process takes on at once, those that wait their turn counted in."""
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


class Tracking:
    """Of one portal process. `executor` bounds how many derivations run at once, and so their memory."""

    def __init__(
        self,
        pool: "Pool[Record]",
        keeper: BookKeeper,
        executor: Executor,
        cost: Cost,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clock = clock
        self._pool = pool
        self._keeper = keeper
        self._executor = executor
        self._cost = cost
        self._tries = Tries(pool)
        self._under_way = 0

    async def open(self, number: str, code: str, client: str) -> "Opened":
        """The case, for who brings its code. Raises Problem 403 (no such case, a code that cannot be checked yet and
        a wrong one alike), 429, 503."""
        try:
            meant = tracking.typed(code)
        except WrongCode:
            # No code has this form, so it says nothing of any number and costs no try.
            raise _wrong() from None
        if self._under_way >= UNDER_WAY:
            raise _busy()
        self._under_way += 1
        try:
            async with self._tries.one_try(number, client):
                return Opened(number, await self._key(number, meant), self)
        finally:
            self._under_way -= 1

    async def _key(self, number: str, code: str) -> bytes:
        parts = await tracking_keys.kept(self._pool, number)
        try:
            return await tracking.open_with_code(self._executor, code, parts, number, self._cost)
        except WrongCode:
            log.info("track_wrong_code", number=number)
            raise _wrong() from None

    async def shown(self, number: str, key: bytes) -> Tracked:
        """The case as it now is, with what the citizen asked. Raises Problem 503 while its history is on its way."""
        rows = await self._pool.fetch(statement("log/stream"), number)
        if not rows:
            raise not_here_yet()
        asked = (await requests.known(self._pool, number)).before
        return told([row["value"] for row in rows], key, self._keeper.book, self._clock(), asked)


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A case whose code was brought: as long as this is held, it can be read and asked about."""

    number: str
    _key: bytes
    _tracking: Tracking

    async def shown(self) -> Tracked:
        """Raises what `Tracking.shown` raises."""
        return await self._tracking.shown(self.number, self._key)


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


def not_here_yet() -> Problem:
    return Problem(
        503,
        "not_here_yet",
        "The case is known and its history is still on its way here. Try again in a minute.",
        "办件记录正在同步，请一分钟后再试。",
        headers={"Retry-After": "60"},
    )


def _wrong() -> Problem:
    """The same for every number. That a code cannot be checked yet is said to whoever brings a wrong one or an unknown
    number, because said of its case alone it would tell a guesser which numbers exist."""
    return Problem(
        403,
        "wrong_code",
        "Number and query code do not fit together, or the receipt is so new that its code cannot be checked here yet. "
        "Both stand on your receipt; check them, and with a receipt of just now try again in a few minutes.",
        "办件编号与查询码不符，或收件凭证刚刚出具，查询码暂时无法核验。两者均印在收件凭证上，请核对；新出具的凭证请几分钟后再试。",
    )


def _busy() -> Problem:
    return Problem(
        503,
        "busy",
        "Many people are asking right now. Try again in a moment.",
        "当前查询人数较多，请稍后再试。",
        headers={"Retry-After": "5"},
    )
