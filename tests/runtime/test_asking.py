"""Requests to whoever holds a case: protocol R1, R2, R3."""

from services.runtime.asking import (
    MAX_HOPS,
    AlreadyAnswered,
    Answer,
    Asked,
    Drop,
    ForwardTo,
    ask_again,
    on_request,
)
from services.runtime.branch import Tree, fence
from tests.runtime.chains import CASE, DISTRICT, TOWNSHIP, received, then, tree_of

FIRST = received()
REFERRED = then(FIRST, to=DISTRICT)
ASKED = Asked("f00d", CASE, TOWNSHIP, epoch=0, term=1)


def test_the_holder_answers() -> None:
    assert on_request(ASKED, 0, tree_of([FIRST, REFERRED]), {DISTRICT}, set()) == Answer(DISTRICT)


def test_a_holder_whose_chain_has_the_request_writes_nothing() -> None:
    assert on_request(ASKED, 0, tree_of([FIRST, REFERRED]), {DISTRICT}, {"f00d"}) == AlreadyAnswered()


def test_a_unit_that_holds_the_case_no_longer_forwards_to_the_one_it_knows() -> None:
    tree = tree_of([FIRST, REFERRED])
    assert on_request(ASKED, 0, tree, {TOWNSHIP}, set()) == ForwardTo(DISTRICT, 1)
    assert on_request(ASKED, MAX_HOPS, tree, {TOWNSHIP}, set()) == Drop()


def test_a_service_that_knows_nothing_of_the_case_drops_the_request() -> None:
    assert on_request(ASKED, 0, Tree(CASE), {TOWNSHIP}, set()) == Drop()


def test_a_holder_that_knows_of_a_higher_epoch_answers_nothing() -> None:
    tree = tree_of([FIRST, REFERRED])
    fence(tree, 1)
    assert on_request(ASKED, 0, tree, {DISTRICT}, set()) == Drop()


def test_the_asker_sends_again_to_the_holder_it_sees_until_the_answer_is_live() -> None:
    assert ask_again(ASKED, REFERRED, set()) == DISTRICT
    assert ask_again(ASKED, REFERRED, {"f00d"}) is None
    assert ask_again(ASKED, None, set()) is None
