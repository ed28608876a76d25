"""What goes to inboxes, derived from the log: protocol H2, H3, H4."""

from typing import Any

from services.runtime.branch import Link, Tree, fence
from services.runtime.handing import (
    asked_elsewhere,
    ever_consulted,
    may_have_key,
    may_send,
    pass_to_send,
    whom_to_ask_for_key,
)
from tests.runtime.chains import CASE, CITY, DISTRICT, OTHER, TOWNSHIP, assumed, received, then, tree_of

FIRST = received()
REFERRED = then(FIRST, to=DISTRICT)


def test_a_pass_is_sent_again_while_it_is_the_live_head() -> None:
    assert pass_to_send(tree_of([FIRST, REFERRED]), {TOWNSHIP}) == REFERRED
    assert pass_to_send(tree_of([FIRST, REFERRED]), {DISTRICT}) is None
    assert pass_to_send(tree_of([FIRST, REFERRED, then(REFERRED)]), {TOWNSHIP}) is None
    assert pass_to_send(tree_of([FIRST]), {TOWNSHIP}) is None
    assert pass_to_send(Tree(CASE), {TOWNSHIP}) is None


def test_refusals_and_assignments_are_passes_like_referrals() -> None:
    refused = then(REFERRED, to=TOWNSHIP)
    assert pass_to_send(tree_of([FIRST, REFERRED, refused]), {DISTRICT}) == refused
    city = assumed(FIRST)
    assigned = then(city, to=OTHER)
    assert pass_to_send(tree_of([FIRST, city]), {CITY}) is None
    assert pass_to_send(tree_of([FIRST, city, assigned]), {CITY}) == assigned


def test_an_inbox_hears_of_a_row_only_after_the_feed_of_this_cluster_has_it() -> None:
    assert may_send(5, acknowledged=5, acknowledged_on="A", cluster="A")
    assert not may_send(6, acknowledged=5, acknowledged_on="A", cluster="A")
    assert not may_send(5, acknowledged=5, acknowledged_on="A", cluster="B")
    assert not may_send(5, acknowledged=5, acknowledged_on=None, cluster="B")


def test_a_holder_without_the_key_asks_every_earlier_holder() -> None:
    tree = tree_of([FIRST, REFERRED, then(REFERRED, to=OTHER)])
    assert whom_to_ask_for_key(tree, {OTHER}, keys=set()) == (OTHER, [TOWNSHIP, DISTRICT])
    assert whom_to_ask_for_key(tree, {OTHER}, keys={OTHER}) is None
    assert whom_to_ask_for_key(tree, {DISTRICT}, keys=set()) is None
    assert whom_to_ask_for_key(Tree(CASE), {OTHER}, keys=set()) is None


def test_the_city_asks_the_holders_of_superseded_branches_too() -> None:
    tree = tree_of([FIRST, REFERRED, assumed(FIRST)])
    assert whom_to_ask_for_key(tree, {CITY}, keys=set()) == (CITY, [TOWNSHIP, DISTRICT])


def test_a_fenced_holder_asks_nobody_and_a_key_goes_only_to_the_holder() -> None:
    tree = tree_of([FIRST, REFERRED])
    assert may_have_key(tree, DISTRICT)
    assert not may_have_key(tree, OTHER)
    fence(tree, 1)
    assert whom_to_ask_for_key(tree, {DISTRICT}, keys=set()) is None


def history(*said: tuple[str, dict[str, Any]]) -> list[tuple[Link, str, dict[str, Any]]]:
    """Events of one writer."""
    links = [FIRST]
    for _ in said:
        links.append(then(links[-1]))
    return [(link, f"sanji.case.{name}.v1", data) for link, (name, data) in zip(links[1:], said, strict=True)]


def asks(consultation: str, unit: str | None) -> tuple[str, dict[str, Any]]:
    return "ConsultationOpened", {"consultation": consultation} | ({"unit": unit} if unit else {})


def test_a_unit_elsewhere_that_was_asked_is_told_until_it_answers_or_nobody_waits() -> None:
    both = [asks("C-1", CITY), asks("C-2", DISTRICT)]
    answer = ("ConsultationAnswered", {"consultation": "C-1"})
    own = {TOWNSHIP}
    assert asked_elsewhere(history(*both), own) == {CITY: TOWNSHIP, DISTRICT: TOWNSHIP}
    assert asked_elsewhere(history(*both, answer), own) == {DISTRICT: TOWNSHIP}
    assert asked_elsewhere(history(*both, ("CaseDecided", {"part": "one"})), own) == {
        CITY: TOWNSHIP,
        DISTRICT: TOWNSHIP,
    }
    for end in ("CaseDecided", "CaseConcluded", "AcceptanceDeclined", "CaseWithdrawn", "CaseTerminated"):
        assert asked_elsewhere(history(*both, (end, {})), own) == {}


def test_a_holder_without_the_key_asks_the_units_that_were_consulted_too_answered_or_not() -> None:
    told = history(
        asks("C-1", CITY), asks("C-2", None), asks("C-3", OTHER), ("ConsultationAnswered", {"consultation": "C-1"})
    )
    assert ever_consulted([*told, *told]) == [CITY, OTHER]
    tree = tree_of([FIRST])
    assert whom_to_ask_for_key(tree, {TOWNSHIP}, set(), ever_consulted(told)) == (TOWNSHIP, [CITY, OTHER])


def test_who_is_hosted_here_or_asked_by_others_gets_nothing_from_here() -> None:
    assert asked_elsewhere(history(asks("C-1", None), asks("C-2", OTHER)), {TOWNSHIP, OTHER}) == {}
    assert asked_elsewhere(history(asks("C-1", CITY)), {OTHER}) == {}
