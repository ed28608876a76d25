"""Whatever anybody tries in whatever order: one holder, custody in order, a fold that never raises."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.case import Material, MissingMaterial, ReferralRecalled
from contracts.fields import Plain
from contracts.requests import RecallRequested, Request
from services.casework.actions import Action, actions
from services.casework.actor import Actor
from services.casework.answering import answer_request
from services.casework.case import Held, Offered, Phase, custody, holder
from services.casework.describe import describe
from services.casework.lapse import clock_acts, next_due
from services.casework.ledger import ledgers
from services.casework.refusals import Conflict, Forbidden, NotFound, Refusal
from services.casework.table import ROWS, row
from services.casework.who import FROM_ABOVE
from tests.office.story import (
    BOOK,
    CITY,
    DISTRICT,
    FORWARDED,
    LICENCE,
    MORNING,
    OTHER_DISTRICT,
    TOWNSHIP,
    VILLAGE,
    Story,
    received,
)

UNITS = (CITY, DISTRICT, OTHER_DISTRICT, TOWNSHIP, VILLAGE)
ROLES = (
    frozenset({"agent"}),
    frozenset({"clerk"}),
    frozenset({"approver"}),
    frozenset({"clerk", "approver", "head", "integrator", "supervisor"}),
)
PEOPLE = [Actor(f"{n}-{unit}", unit, None, roles) for unit in UNITS for n, roles in enumerate(ROLES)]
REQUESTS = ("1" * 32, "2" * 32)
KINDS = ("application", "identity")
PAPERS = [tuple(Material(kind=kind, form="copy") for kind in kinds) for kinds in (KINDS, KINDS[:1], KINDS[1:])]
ASKED = [tuple(MissingMaterial(kind=kind, reason="wrong") for kind in kinds) for kinds in (KINDS, KINDS[:1])]

HEARD_ON = MORNING.date() + timedelta(days=14)
NOTICES = ["receipt", "acceptance", "decision_granted"]

VALUES: dict[str, list[Any]] = {
    "items": ASKED,
    "materials": PAPERS,
    "step": ["review", "site-visit"],
    "person": ["a", "b"],
    "persons": [(), ("a", "b")],
    "section": [None],
    "note": [None, Plain("typed")],
    "opinion": [None, Plain("typed")],
    "to_whom": [None],
    "to": list(UNITS),
    "kind": ["forward_up", "preliminary_review", "transfer", "assign_down"],
    "purpose": ["handled", "supplement", "correction", "deliver_result"],
    "request": [None, *REQUESTS],
    "asked": ["recall", "urge"],
    "on_the_spot": [False],
    "how": ["window"],
    "remedies": [(), ("administrative_reconsideration",)],
    "right_office": [None],
    "reason": ["because"],
    "override": [None, "link_down"],
    "ground": ["hearing", "testing"],
    "expected_days": [1, 15],
    "notice": ["N-1"],
    "basis": [None],
    "days": [10, 11],
    "level": ["reminder", "yellow", "red"],
    "order": ["O-1"],
    "act": ["a" * 64],
    "consultation": ["C-1"],
    "answer": [Plain("typed")],
    "text": [None],
    "department": ["fire"],
    "question": [Plain("typed")],
    "unit": [None, CITY],
    "without_answer": [None, "urgent"],
    "hearing": [None, "b" * 64],
    "parties": [2],
    "party": ["applicant", "interested_party"],
    "told": [("applicant",), ("applicant", "interested_party")],
    "hold_on": [HEARD_ON],
    "place": ["room-1"],
    "held_on": [HEARD_ON],
    "record": ["b" * 64],
    "seal": ["S-1"],
    "digest": ["c" * 64, "d" * 64],
    "certificate": ["licence"],
    "valid_from": [MORNING.date()],
    "valid_to": [None],
    "certificate_number": [f"{unit}.cert.licence.2026-0001" for unit in (TOWNSHIP, DISTRICT, CITY)],
    "amount": [1000, 4000],
    "method": ["card"],
    "terminal": ["T-1"],
    "voucher": ["V-1", "V-2"],
    "of": ["e" * 64],
    "field": ["note"],
    "value": [Plain("typed")],
    "document": ["D-1"],
    "retention_years": [10],
    "shelf": ["A-1"],
}
GROUNDS = {
    "refuse": ["wrong_area"],
    "terminate": ["applicant_gone", "supplement_not_provided"],
    "decline_request": ["late"],
    "reopen": ["reconsideration", "court", "own_correction"],
}
OUTCOMES = {
    "complete_step": ["done"],
    "decide": ["granted", "denied"],
    "conclude": ["issued", "denied", "done", "returned", "void", "forwarded"],
}
BASES = {"waive_fee": [Plain("typed")]}
CHOICES = {"ground": GROUNDS, "outcome": OUTCOMES, "notice": {"issue_notice": NOTICES}, "basis": BASES}
"""Where a field says something else in one act than in another."""
EVERYTHING = tuple(ROWS.values())
NAMES = list(ROWS)
PASSES = ("refer", "acknowledge", "refuse", "return", "request_recall")
ASKING = frozenset(found.name for found in EVERYTHING if found.event.kind != "case")
"""Acts that write into streams of their own."""


def body(data: st.DataObject, name: str) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for field in row(name).body:
        choice = CHOICES.get(field, {}).get(name) or VALUES[field]
        given[field] = data.draw(st.sampled_from(choice), label=field)
    if name == "decline_request":
        given["request"] = given["request"] or REQUESTS[0]
    return given


class Office(RuleBasedStateMachine):
    """Twenty people in five units try everything with one case."""

    @initialize(item=st.sampled_from([LICENCE, FORWARDED]), imported=st.booleans())
    def somebody_receives(self, item: str, imported: bool) -> None:
        by = Actor("first", TOWNSHIP, None, frozenset({"clerk", "integrator"}))
        self.story = received(by, item, imported=imported)
        self.terms = [custody(self.story.case)]
        self.asked: dict[str, tuple[str, Request]] = {}

    @rule(data=st.data(), by=st.sampled_from(PEOPLE), name=st.sampled_from(NAMES))
    def anybody_tries_anything(self, data: st.DataObject, by: Actor, name: str) -> None:
        self._tries(data, by, name)

    @rule(data=st.data())
    def somebody_does_what_is_possible(self, data: st.DataObject) -> None:
        self._tries(data, *data.draw(st.sampled_from(self._possible(NAMES))))

    @rule(data=st.data())
    def somebody_passes_it_on(self, data: st.DataObject) -> None:
        if possible := self._possible(PASSES):
            self._tries(data, *data.draw(st.sampled_from(possible)))

    def _possible(self, names: Collection[str]) -> list[tuple[Actor, str]]:
        case = self.story.case
        seen = [(by, action) for by in PEOPLE for action in actions(case, by, BOOK, EVERYTHING) if action.possible]
        return [(by, row(action.name).name) for by, action in seen if row(action.name).name in names]

    def _tries(self, data: st.DataObject, by: Actor, name: str) -> None:
        given = body(data, name)
        before = self.story.case
        foreseen = next(a for a in actions(before, by, BOOK, EVERYTHING) if a.name == row(name).route)
        try:
            after = self.story.when(by, name, **given)
        except Refusal as refusal:
            self._refused(refusal, by, foreseen, name)
            return
        if not after.written:
            assert after.case == before
            return
        assert foreseen.possible
        if name in ASKING:
            if isinstance(event := after.written[0], Request):
                self.asked.setdefault(REQUESTS[len(self.asked) % 2], (by.unit, event))
        elif name == "assume_custody":
            assert by.unit == holder(after.case) == CITY
        else:
            assert by.unit == holder(before)
            if isinstance(before.custody, Offered):
                assert name in ("acknowledge", "refuse", "decline_request")
        self._went(after)

        once = name not in ASKING | {"complete_step"}
        again = self.story.when(by, name, **given) if once else None
        assert again is None or again.written == ()

    @rule(days=st.integers(1, 40))
    def days_pass_and_the_law_acts(self, days: int) -> None:
        self.story = replace(self.story, now=self.story.now + timedelta(days=days))
        while events := clock_acts(self.story.case, BOOK, self.story.now):
            before = self.story.case
            assert next_due(before, BOOK, self.story.now) == self.story.now
            self._went(self.story.fold(holder(before), *events))

    @rule(data=st.data())
    def a_service_answers_a_request(self, data: st.DataObject) -> None:
        if not self.asked:
            return
        request = data.draw(st.sampled_from(sorted(self.asked)))
        asker, asked = self.asked[request]
        case, unit = self.story.case, data.draw(st.sampled_from(UNITS))
        now = self.story.now
        events = answer_request(
            case, unit=unit, request=request, asker=asker, asked=asked, asked_at=now, at=now, book=BOOK
        )
        assert not events or (unit == holder(case) and case.answer(request) is None)
        granted = any(isinstance(event, ReferralRecalled) for event in events)
        assert not granted or (asked.epoch, asked.term) == (case.epoch, case.term)
        if isinstance(case.custody, Offered):
            assert isinstance(asked, RecallRequested) or not events
        self._went(self.story.fold(unit, *events))
        assert not events or self.story.case.answer(request)

    @precondition(lambda self: bool(self.story.case.path))
    @rule()
    def a_service_writes_the_arrival(self) -> None:
        self._went(self.story.arrives())
        assert self.story.case.arrived

    def _refused(self, refusal: Refusal, by: Actor, foreseen: Action, name: str) -> None:
        case = self.story.case
        from_above = name in FROM_ABOVE and any(BOOK.is_above(by.unit, unit) for unit in case.known)
        consulted = name == "submit_consultation_answer" and by.unit in case.dossier.consulted
        unknown = by.unit not in case.known and not from_above and not consulted
        # Nobody ordered anything here.
        nothing_ordered = refusal.code == "order_unknown"
        assert isinstance(refusal, NotFound) == (unknown or nothing_ordered)
        assert (refusal.state is None) == (unknown or nothing_ordered)
        assert foreseen.possible or foreseen.code == refusal.code
        if not unknown and by.unit != holder(case) and name not in ASKING:
            assert isinstance(refusal, Conflict | Forbidden)

    def _went(self, after: Story) -> None:
        before, self.story = self.story.case, after
        now = custody(after.case)
        if now != self.terms[-1]:
            assert now[1:] > self.terms[-1][1:], "custody goes forward"
            if now[1] > self.terms[-1][1]:
                assert (now[0], now[2]) == (CITY, 0)
            else:
                assert now[2] == self.terms[-1][2] + 1
                assert now[0] != self.terms[-1][0]
            self.terms.append(now)
        assert before.last_time <= after.case.last_time

    @invariant()
    def one_unit_can_write(self) -> None:
        case = self.story.case
        writers = {
            by.unit
            for by in PEOPLE
            for action in actions(case, by, BOOK, EVERYTHING)
            if action.possible and row(action.name).name not in ASKING | {"assume_custody"}
        }
        assert writers <= {holder(case)}
        assert describe(case)["phase"] == case.phase.value

    @invariant()
    def every_day_is_explained(self) -> None:
        case = self.story.case
        assert case.times.stay.unit == holder(case)
        assert (case.times.custodian is not None) == case.arrived
        for ledger in ledgers(case.times, BOOK, self.story.now):
            assert sum(day.number is not None for day in ledger.days) == ledger.limit.used
            assert ledger.shares == ledger.limit.shares

    @invariant()
    def how_a_case_ended_is_never_forgotten(self) -> None:
        case = self.story.case
        assert (case.phase is not Phase.DELIVERED) or case.ending is not None
        # People end what they hold; the law's clock ends a case for want of papers wherever it lies.
        assert isinstance(case.custody, Held) or case.ending is None or case.phase is Phase.TERMINATED


class TestOneHolder(Office.TestCase):
    settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
