"""The table of acts, read against the contracts and the routes of the interface."""

import itertools
import string
import typing

import pytest

from contracts import case as facts
from contracts.case import CaseEvent
from services.casework.actions import actions
from services.casework.actor import Role
from services.casework.names import PHASES
from services.casework.refusals import Conflict, Forbidden, NotFound, Refusal, Unlawful
from services.casework.sentences import SENTENCES
from services.casework.table import AUTOMATIC, RECEIVE, ROWS, TABLE, row
from services.casework.who import ROLES
from tests.office.story import AGENT, APPROVER, BOOK, CLERK, DISTRICT_CLERK, IMPORTER, TOWNSHIP, person, received
from tests.office.test_referral import offered

ROUTES = [
    "accept",
    "decline",
    "request-supplement",
    "receive-supplement",
    "start-step",
    "complete-step",
    "suspend",
    "resume",
    "extend",
    "open-consultation",
    "answer-consultation",
    "submit-consultation-answer",
    "hear-parties",
    "offer-hearing",
    "request-hearing",
    "withdraw-hearing-request",
    "waive-hearing",
    "announce-hearing",
    "call-off-hearing",
    "hold-hearing",
    "issue-notice",
    "issue-certificate",
    "correct-certificate",
    "revoke-certificate",
    "assess-fee",
    "pay-fee",
    "waive-fee",
    "refund-fee",
    "correct",
    "reopen",
    "archive",
    "refer",
    "acknowledge",
    "refuse",
    "return",
    "request-recall",
    "request-withdrawal",
    "submit-supplement",
    "request-urging",
    "decide",
    "conclude",
    "deliver",
    "withdraw",
    "terminate",
    "claim",
    "assign",
    "release",
    "decline-request",
    "settle",
]
"""Of the interface's routes those that write; each is an act's name in kebab case."""

LATER = {facts.CaseForgotten}
"""Events that the fold knows and no act of this table writes yet."""

BODIES = {
    "assign": {"person"},
    "receive_supplement": {"materials", "request"},
    "start_step": {"step", "section", "persons"},
    "complete_step": {"step", "outcome", "section", "persons", "note"},
    "suspend": {"ground", "expected_days", "notice", "basis"},
    "extend": {"days", "reason"},
    "refer": {"to", "kind", "reason", "opinion"},
    "refuse": {"ground", "note"},
    "return": {"to", "purpose", "note", "request"},
    "request_recall": {"reason"},
    "submit_supplement": {"materials"},
    "request_urging": {"level"},
    "submit_consultation_answer": {"consultation", "answer"},
    "order_supervision": {"to", "reason", "days", "text"},
    "submit_supervision_answer": {"order", "answer"},
    "assume_custody": {"order", "reason", "override"},
    "adopt": {"act", "ground", "notice"},
    "revoke": {"act", "ground", "notice"},
    "decide": {"outcome", "reason", "remedies", "without_answer", "hearing"},
    "open_consultation": {"consultation", "department", "question", "unit", "days"},
    "answer_consultation": {"consultation", "answer"},
    "hear_parties": {"parties", "note"},
    "offer_hearing": {"reason", "told"},
    "request_hearing": {"party"},
    "withdraw_hearing_request": {"party", "digest"},
    "waive_hearing": {"party", "digest"},
    "announce_hearing": {"hold_on", "place"},
    "call_off_hearing": {"reason"},
    "hold_hearing": {"held_on", "record"},
    "issue_notice": {"notice", "seal", "digest"},
    "issue_certificate": {"certificate", "digest", "valid_from", "valid_to"},
    "correct_certificate": {"certificate_number", "ground", "digest"},
    "revoke_certificate": {"certificate_number", "ground"},
    "pay_fee": {"amount", "method", "terminal", "voucher"},
    "waive_fee": {"amount", "basis"},
    "refund_fee": {"amount", "method", "voucher", "reason"},
    "correct": {"of", "field", "value", "ground"},
    "reopen": {"ground", "document"},
    "archive": {"retention_years", "shelf"},
    "conclude": {"outcome", "on_the_spot"},
    "deliver": {"how", "to_whom"},
    "decline_request": {"request", "asked", "ground"},
}


def test_every_act_has_its_route() -> None:
    assert sorted(found.route for found in TABLE) == sorted(ROUTES)
    assert row("receive-supplement") is row("receive_supplement")


def test_every_event_of_a_case_is_written_by_one_act_or_comes_later() -> None:
    written = {RECEIVE[1], *(found.event for found in ROWS.values() if found.event.kind == "case")}
    written |= {found.instead for found in TABLE if found.instead is not None}
    written |= {event for automatic in AUTOMATIC for event in automatic.events if event.kind == "case"}
    assert written | LATER == set(typing.get_args(CaseEvent))
    assert not written & LATER


def test_an_act_is_named_as_its_function_but_for_the_word_that_the_language_keeps() -> None:
    for found in ROWS.values():
        expected = "return_case" if found.name == "return" else found.name
        assert found.act.__name__ == expected
        assert found.may.__name__ == f"may_{found.name}"


@pytest.mark.parametrize("name", BODIES)
def test_a_body_has_the_fields_of_the_interface(name: str) -> None:
    assert set(row(name).body) == BODIES[name]


def test_acts_without_a_body_have_none() -> None:
    for name in ("accept", "claim", "release", "acknowledge", "resume", "assess_fee", "settle"):
        assert row(name).body == ()


def test_every_role_of_the_table_is_a_role() -> None:
    assert set(ROLES) == {"receive", *ROWS}
    assert {role for roles in ROLES.values() for role in roles} <= set(typing.get_args(Role))


@pytest.mark.parametrize("role", typing.get_args(Role))
def test_an_act_is_allowed_to_exactly_the_roles_of_the_table(role: Role) -> None:
    somebody = person(TOWNSHIP, "somebody", role)
    for action in actions(received().case, somebody, BOOK):
        assert (action.code == "role_missing") == (role not in row(action.name).roles), action


def test_what_is_listed_of_an_act_is_what_the_act_itself_would_say() -> None:
    for story, actor in itertools.product((received(), offered()), (CLERK, AGENT, APPROVER, IMPORTER, DISTRICT_CLERK)):
        for action in actions(story.case, actor, BOOK):
            try:
                row(action.name).may(story.case, actor, BOOK)
                said = None
            except Refusal as refusal:
                said = (type(refusal), refusal.zh, refusal.en)
            listed = action.refusal
            assert (listed and (type(listed), listed.zh, listed.en)) == said


def test_a_received_case_can_be_accepted_by_a_clerk_and_not_by_an_agent() -> None:
    clerk = {action.name for action in actions(received().case, CLERK, BOOK) if action.possible}
    assert clerk == {
        *("claim", "request-supplement", "accept", "decline", "start-step", "complete-step", "refer", "return"),
        *("decline-request", "conclude", "withdraw", "terminate"),
        *("open-consultation", "hear-parties", "issue-notice"),
    }
    agent = {action.name for action in actions(received().case, AGENT, BOOK) if action.possible}
    assert agent == {"claim", "request-supplement", "refer"}


def test_of_an_offered_case_the_receiver_sees_that_it_may_be_taken_or_refused() -> None:
    seen = actions(offered().case, DISTRICT_CLERK, BOOK)
    assert {action.name for action in seen if action.possible} == {"acknowledge", "refuse", "decline-request"}
    seen = actions(offered().case, CLERK, BOOK)
    assert {action.name for action in seen if action.possible} == {"request-recall", "request-withdrawal"}


def test_what_is_not_possible_says_why_and_what_to_do_in_both_languages() -> None:
    for actor in (CLERK, AGENT, APPROVER, IMPORTER, person("349999")):
        for action in actions(offered().case, actor, BOOK):
            assert action.possible == (action.code is None)
            assert action.possible or (action.refusal and action.refusal.zh and action.refusal.en)


def test_every_refusal_has_its_kind() -> None:
    kinds = {NotFound, Forbidden, Conflict, Unlawful}
    assert set(Refusal.__subclasses__()) == kinds


def test_every_sentence_is_in_both_languages_and_names_the_same_things() -> None:
    for code, (zh, en) in SENTENCES.items():
        assert zh.endswith("。"), code
        assert en.endswith("."), code
        said = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (zh, en)]
        assert said[0] == said[1], code
    assert len(PHASES) == 9
