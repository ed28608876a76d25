"""Histories with dates. A line is `YYYY-MM-DD HH:MM[:SS] word argument…`, in the office's time; the word is what
happens: an act of whoever holds the case, through the table of acts, or what a service does by itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from contracts.case import CaseEvent, ConsultationAnswered, ConsultationOpened, Material, MissingMaterial
from contracts.fields import Plain
from contracts.reference import ItemStep, Point, Route, SuspensionGround
from services.casework import receipt
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case, holder
from services.casework.fold import evolve
from services.casework.lapse import clock_acts
from services.casework.limits import TimeLimit, limits
from services.casework.moment import SHANGHAI
from services.runtime.fold import Stamp
from tests.casework.notices import CALENDAR
from tests.office import story as told
from tests.office.story import CITY, DISTRICT, FORWARDED, LICENCE, TOWNSHIP, Story, item_published, stamped

JOINT, REVIEWED, AT_ONCE = "joint-approval", "reviewed-below", "at-once"
EVERYONE = ("clerk", "approver", "head", "government_head", "integrator")
NUMBERS: Mapping[str, str] = {"township": TOWNSHIP, "district": DISTRICT, "city": CITY}


def written_book() -> Book:
    """The tree and items of the office's tests, with the calendars of 2025 and 2026 and three more items."""
    book = replace(told.BOOK, calendar=CALENDAR)
    upward = (Point(tier="district", role="entrusted"), Point(tier="city", role="entrusted"))
    steps = (ItemStep(code="drawings", name="drawings", days=3), ItemStep(code="review", name="review"))
    for item in (
        item_published(JOINT, type="joint", statutory_days=45, committed_days=30),
        item_published(
            REVIEWED,
            points=upward,
            route=Route(receives="district", reviews="district", decides="city"),
            decidable_on=("city",),
            steps=steps,
            suspension_grounds=(SuspensionGround(code="typhoon", name="台风", name_en="typhoon"),),
        ),
        item_published(AT_ONCE, type="immediate", statutory_days=1, committed_days=0, steps=steps),
    ):
        book = book.evolve(f"item/{item.code}", item)
    return book


BOOK = written_book()


def instant(text: str) -> datetime:
    """`YYYY-MM-DD HH:MM[:SS]` in the office, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def somebody(unit: str) -> Actor:
    return Actor(f"p-{unit}", unit, "market", frozenset(EVERYONE))


Act = Callable[[Story, tuple[str, ...]], Story]


def _does(name: str, body: Callable[[tuple[str, ...]], Mapping[str, Any]] = lambda said: {}) -> Act:
    """An act of the holder; once it is offered, of the receiver."""
    return lambda story, said: story.when(somebody(holder(story.case)), name, **body(said))


def _missing(reason: str, *kinds: str) -> Mapping[str, Any]:
    return {"items": tuple(MissingMaterial(kind=kind, reason=reason) for kind in kinds)}


def _papers(*kinds: str) -> dict[str, Any]:
    return {"materials": tuple(Material(kind=kind, form="copy") for kind in kinds)}


def _handed_in(said: tuple[str, ...]) -> dict[str, Any]:
    """Day and time, where a request had brought the papers then."""
    if not said:
        return {}
    request = sha256(" ".join(said).encode()).hexdigest()[:32]
    return {"request": request, "handed_in": instant(" ".join(said))}


def _clock(story: Story, said: tuple[str, ...]) -> Story:
    """The law's clock looks, and writes until nothing is due."""
    while events := clock_acts(story.case, story.book, story.now):
        story = replace(story.fold(holder(story.case), *events), now=story.now)
    return story


def _consulted(story: Story, said: tuple[str, ...]) -> Story:
    asked = ConsultationOpened(
        consultation="q1", department="fire", question=Plain("?"), days=int(said[0]), unit=NUMBERS[said[1]]
    )
    return story.fold(holder(story.case), asked)


WORDS: Mapping[str, Act] = {
    "accepted": _does("accept"),
    "declined": _does("decline", lambda said: {"reason": "not-ours"}),
    "asked": _does("request_supplement", lambda said: _missing("missing", "application", "identity")),
    "asked-again": _does("request_supplement", lambda said: _missing("illegible", "identity")),
    "supplied": _does("receive_supplement", lambda said: _papers("application", "identity") | _handed_in(said)),
    "supplied-one": _does("receive_supplement", lambda said: _papers("application") | _handed_in(said)),
    "supplied-again": _does("receive_supplement", lambda said: _papers("identity") | _handed_in(said)),
    "referred": _does("refer", lambda said: {"to": NUMBERS[said[1]], "kind": said[0], "reason": "r", **_opinion(said)}),
    "acknowledged": _does("acknowledge"),
    "refused": _does("refuse", lambda said: {"ground": "papers_incomplete"}),
    "returned": _does("return", lambda said: {"to": NUMBERS[said[0]], "purpose": "correction"}),
    "suspended": _does(
        "suspend", lambda said: {"ground": said[0], "expected_days": int(said[1]), "notice": "N-1", "basis": Plain("b")}
    ),
    "resumed": _does("resume"),
    "extended": _does("extend", lambda said: {"days": int(said[0]), "reason": "complex"}),
    "started": _does("start_step", lambda said: {"step": said[0]}),
    "completed": _does("complete_step", lambda said: {"step": said[0], "outcome": "done"}),
    "hearing-offered": _does("offer_hearing", lambda said: {"reason": "heavy_interest"}),
    "hearing-requested": _does("request_hearing", lambda said: {"party": said[0] if said else "applicant"}),
    "hearing-taken-back": _does("withdraw_hearing_request", lambda said: {"party": said[0], "digest": "b" * 64}),
    "hearing-waived": _does("waive_hearing", lambda said: {"party": said[0], "digest": "b" * 64}),
    "hearing-announced": _does(
        "announce_hearing", lambda said: {"hold_on": date.fromisoformat(said[0]), "place": "room-1"}
    ),
    "hearing-called-off": _does("call_off_hearing", lambda said: {"reason": "settled"}),
    "hearing-held": _does("hold_hearing", lambda said: {"held_on": date.fromisoformat(said[0]), "record": "b" * 64}),
    "decided-without-answer": _does("decide", lambda said: {"outcome": "granted", "without_answer": "urgent"}),
    "granted": _does("decide", lambda said: {"outcome": "granted"}),
    "concluded": _does("conclude", lambda said: {"outcome": "issued"}),
    "delivered": _does("deliver", lambda said: {"how": "window"}),
    "withdrawn": _does("withdraw"),
    "arrived": lambda story, said: story.arrives(),
    "consulted": _consulted,
    "answered": lambda story, said: story.fold(
        holder(story.case), ConsultationAnswered(consultation="q1", answer=Plain("!"))
    ),
    "clock": _clock,
}


def _opinion(said: tuple[str, ...]) -> Mapping[str, Any]:
    return {"opinion": Plain("well founded")} if said[0] == "preliminary_review" else {}


@dataclass(frozen=True, slots=True)
class History:
    """What happened, line by line; `tell` folds what is known at an instant."""

    lines: tuple[str, ...]

    def tell(self, upto: datetime | None = None, book: Book = BOOK) -> Story:
        """The first line is `… received item unit`."""
        story: Story | None = None
        for line in self.lines:
            day, time, word, *said = line.split()
            now = instant(f"{day} {time}")
            if upto is not None and now > upto:
                break
            if story is None:
                assert word == "received"
                story = _received(ITEMS[said[0]], somebody(NUMBERS[said[1]]), now, book)
            else:
                story = WORDS[word](replace(story, now=now), tuple(said))
        assert story is not None
        return story


def _received(item: str, by: Actor, now: datetime, book: Book) -> Story:
    events = receipt.receive(by=by, at=now, book=book, item=item, channel="window", applicant=Plain("a citizen"))
    number = receipt.case_number(by.unit, now, 1)
    case = evolve(None, events[0], stamped(number, by.unit, by.subject, now, events[0]))
    return Story(case, tuple(events), now, book)


ITEMS: Mapping[str, str] = {
    "licence": LICENCE,
    "forwarded": FORWARDED,
    "joint": JOINT,
    "reviewed": REVIEWED,
    "at-once": AT_ONCE,
}


def shown(story: Story, at: datetime, clock: str) -> TimeLimit | None:
    """The newest limit of this clock at `at`."""
    found = [limit for limit in limits(story.case.times, story.book, at) if limit.clock == clock]
    return found[-1] if found else None


def as_of(history: Iterable[tuple[CaseEvent, Stamp]], at: datetime) -> Case | None:
    """The case as it was at `at`: the fold of its events up to then, which are a prefix because a case's time never
    goes back. None before its receipt."""
    case: Case | None = None
    for event, stamp in history:
        if stamp.time > at:
            break
        case = evolve(case, event, stamp)
    return case
