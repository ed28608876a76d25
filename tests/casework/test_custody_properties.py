"""Whatever anybody does in whatever order: one unit can write, custody only goes forward, and no case is ever lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.case import CaseEvent, CustodyAssumed
from contracts.events import Event
from contracts.fields import Plain
from services.casework import assumption, recall, receipt, referral
from services.casework.actions import actions
from services.casework.actor import Actor
from services.casework.case import ENDED, Case, Held, Phase, custody, holder
from services.casework.fold import evolve
from services.casework.lapse import clock_acts
from services.casework.refusals import Refusal
from services.casework.table import row
from services.casework.who import FROM_ABOVE
from services.runtime.fold import Stamp
from tests.casework.dated import BOOK, instant
from tests.office.story import CITY, DISTRICT, LICENCE, OTHER_DISTRICT, OTHER_TOWNSHIP, TOWNSHIP

FROM = instant("2026-03-02 09:00")
UNITS = (CITY, DISTRICT, OTHER_DISTRICT, TOWNSHIP, OTHER_TOWNSHIP)
PEOPLE = {
    unit: Actor(f"p-{unit}", unit, "market", frozenset({"clerk", "approver", "head", "supervisor"})) for unit in UNITS
}
PASSING: tuple[tuple[str, Mapping[str, Any]], ...] = (
    *(("refer", {"to": to, "kind": "transfer", "reason": "r"}) for to in UNITS),
    *(("refer", {"to": to, "kind": "assign_down", "reason": "r"}) for to in UNITS),
    *(("return", {"to": to, "purpose": "correction"}) for to in UNITS),
    *(("return", {"to": to, "purpose": "deliver_result"}) for to in UNITS),
    ("refuse", {"ground": "wrong_area"}),
    ("acknowledge", {}),
)
WORKING: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("claim", {}),
    ("accept", {}),
    ("complete_step", {"step": "review", "outcome": "done"}),
    ("decide", {"outcome": "granted"}),
    ("conclude", {"outcome": "issued"}),
    ("withdraw", {}),
    ("reopen", {"ground": "court", "document": "D-1"}),
    ("archive", {"retention_years": 10, "shelf": "A-1"}),
)
BY_ITSELF = ("arrive", "recall", "assume", "clock")
ASKING = FROM_ABOVE | {"request_recall", "request_withdrawal", "submit_supplement", "submit_consultation_answer"}
"""Acts of those who do not hold the case."""

Deed = tuple[str, tuple[str, Mapping[str, Any]]]
"""Who (a unit, `holder` or `service`) does what."""

deed = st.one_of(
    st.tuples(st.sampled_from(UNITS), st.one_of(st.sampled_from(PASSING), st.sampled_from(PASSING + WORKING))),
    st.tuples(st.just("holder"), st.one_of(st.sampled_from(PASSING), st.sampled_from(PASSING + WORKING))),
    st.tuples(st.just("holder"), st.one_of(st.sampled_from(PASSING), st.sampled_from(PASSING + WORKING))),
    st.tuples(st.just("service"), st.tuples(st.sampled_from(BY_ITSELF), st.just({}))),
)
deeds = st.lists(deed, min_size=1, max_size=25)
MANY = settings(max_examples=150, deadline=None)


@dataclass
class Told:
    """A case with its history, and the custody that was shown after each event."""

    case: Case
    history: list[tuple[CaseEvent, Stamp]]
    shown: list[Case] = field(default_factory=list[Case])

    def write(self, unit: str, now: datetime, events: Sequence[Event]) -> None:
        for event in events:
            # A new epoch is one more than the highest seen.
            epoch = self.case.epoch + isinstance(event, CustodyAssumed)
            digest = sha256(str(len(self.history)).encode()).digest()
            stamp = Stamp(self.case.number, unit, f"p-{unit}", now, digest, epoch)
            self.history.append((cast("CaseEvent", event), stamp))
            self.case = evolve(self.case, cast("CaseEvent", event), stamp)
            self.shown.append(self.case)


def begun() -> Told:
    by = PEOPLE[TOWNSHIP]
    events = receipt.receive(by=by, at=FROM, book=BOOK, item=LICENCE, channel="window", applicant=Plain("a citizen"))
    stamp = Stamp(receipt.case_number(TOWNSHIP, FROM, 1), TOWNSHIP, by.subject, FROM, b"0" * 32)
    case = evolve(None, events[0], stamp)
    return Told(case, [(events[0], stamp)], [case])


def does(told: Told, who: str, what: str, body: Mapping[str, Any], now: datetime) -> None:
    unit, case = holder(told.case) if who in ("holder", "service") else who, told.case
    match what:
        case "arrive":
            last = case.last_pass
            events = referral.arrive(case, unit=unit, pass_hash=last.hash) if last else []
        case "recall":
            last = case.last_pass
            asked = {"asker": last.by, "epoch": case.epoch, "term": case.term} if last else None
            request = f"{len(told.history):032x}"
            events = recall.grant_recall(case, unit=unit, request=request, **asked) if asked else []
        case "clock":
            events = clock_acts(case, BOOK, now)
        case "assume":
            unit = CITY
            order = f"O-{len(told.history)}"
            events = assumption.assume_custody(case, by=PEOPLE[CITY], at=now, book=BOOK, order=order, reason="r")
        case _:
            try:
                events = row(what).act(case, by=PEOPLE[unit], at=now, book=BOOK, **body)
            except Refusal:
                return
    told.write(unit, now, events)


def goes(lines: Sequence[Deed]) -> Told:
    told, now = begun(), FROM
    for n, (who, (what, body)) in enumerate(lines):
        now += timedelta(hours=n % 30)
        does(told, who, what, body, now)
    return told


@MANY
@given(deeds)
def test_only_the_holder_gives_custody_away_and_only_the_city_takes_it(
    lines: list[Deed],
) -> None:
    told = goes(lines)
    for before, after, (event, stamp) in zip(told.shown, told.shown[1:], told.history[1:], strict=False):
        if isinstance(event, CustodyAssumed):
            assert stamp.unit == holder(after) == CITY
        else:
            assert stamp.unit == holder(before), "no copy, however old, lets a second unit write in this epoch"


@MANY
@given(deeds)
def test_epoch_and_term_rise_with_every_pass_and_with_nothing_else(
    lines: list[Deed],
) -> None:
    told = goes(lines)
    for before, after in zip(told.shown, told.shown[1:], strict=False):
        (was, *old), (now, *new) = custody(before), custody(after)
        assert new >= old
        assert (new > old) == (now != was or isinstance(after.last, CustodyAssumed))


@MANY
@given(deeds)
def test_at_most_one_unit_may_write_at_every_moment(lines: list[Deed]) -> None:
    for case in goes(lines).shown:
        able = {
            unit
            for unit, by in PEOPLE.items()
            for found in actions(case, by, BOOK)
            if found.possible and row(found.name).name not in ASKING
        }
        assert able <= {holder(case)}


@MANY
@given(deeds)
def test_no_case_is_lost_its_holder_can_bring_it_to_an_end(
    lines: list[Deed],
) -> None:
    told = goes(lines)
    unit, now = holder(told.case), told.case.last_time + timedelta(minutes=1)
    assert unit in told.case.known
    assert BOOK.is_open(unit)
    last = ("terminate", "conclude", "deliver")
    for what in ("arrive", "acknowledge", *(("reopen",) if told.case.dossier.archived else ()), *last):
        does(told, "holder", what, ENDINGS.get(what, {}), now)
    assert holder(told.case) == unit
    assert told.case.arrived
    assert isinstance(told.case.custody, Held)
    assert told.case.phase is Phase.DELIVERED
    assert told.case.ending is not None
    assert told.case.ending.phase in ENDED


ENDINGS: Mapping[str, Mapping[str, Any]] = {
    "reopen": {"ground": "court", "document": "D-1"},
    "terminate": {"ground": "applicant_gone"},
    "conclude": {"outcome": "issued"},
    "deliver": {"how": "window"},
}


@MANY
@given(deeds, st.integers(0, 25))
def test_folding_a_prefix_gives_the_case_that_was_shown_then(lines: list[Deed], upto: int) -> None:
    told = goes(lines)
    case: Case | None = None
    for event, stamp in told.history[: upto + 1]:
        case = evolve(case, event, stamp)
    assert case == told.shown[min(upto, len(told.shown) - 1)]
