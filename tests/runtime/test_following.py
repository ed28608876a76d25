"""Which cases a service keeps, and how one that it does not follow comes in: protocol I3, I4, I5."""

from services.runtime.branch import Link, Rules, Tree, arrive
from services.runtime.following import (
    Incomplete,
    SetAside,
    Together,
    follows,
    keeps_from_feed,
    on_handover,
    raises_fence,
)
from tests.runtime.chains import CASE, CITY, DISTRICT, OTHER, RULES, TOWNSHIP, altered, assumed, received, then, tree_of

FIRST = received()
REFERRED = then(FIRST, to=DISTRICT)


def staged(*links: Link) -> dict[bytes, Link]:
    return {link.hash: link for link in links}


def test_a_case_is_followed_when_it_is_in_the_log_or_waits() -> None:
    assert not follows(Tree(CASE))
    assert follows(tree_of([FIRST]))
    assert follows(tree_of([REFERRED]))
    forged = Tree(CASE)
    arrive(forged, FIRST, Rules(CITY, own=frozenset({TOWNSHIP})))
    assert not follows(forged)


def test_following_never_begins_with_a_feed_record_but_with_one_of_an_own_unit() -> None:
    district = Rules(CITY, own=frozenset({DISTRICT}))
    assert not keeps_from_feed(FIRST, followed=False, rules=district)
    assert keeps_from_feed(FIRST, followed=True, rules=district)
    assert keeps_from_feed(then(REFERRED), followed=False, rules=district)
    assert keeps_from_feed(FIRST, followed=False, rules=RULES, everything=True)


def test_a_complete_handover_goes_in_together_by_number() -> None:
    assert on_handover(staged(REFERRED, FIRST), REFERRED.hash, fenced=0) == Together((FIRST, REFERRED))


def test_an_incomplete_handover_waits_to_be_sent_again() -> None:
    assert on_handover(staged(REFERRED), REFERRED.hash, fenced=0) == Incomplete()
    assert on_handover(staged(FIRST), REFERRED.hash, fenced=0) == Incomplete()


def test_a_handover_below_the_fence_is_set_aside() -> None:
    assert on_handover(staged(FIRST, REFERRED), REFERRED.hash, fenced=1) == SetAside()
    city = assumed(REFERRED)
    given = then(city, to=OTHER)
    assert isinstance(on_handover(staged(FIRST, REFERRED, city, given), given.hash, fenced=1), Together)


def test_the_epoch_of_every_assumed_custody_of_the_city_is_kept_once() -> None:
    city = assumed(REFERRED)
    assert raises_fence(city, 0, RULES)
    assert not raises_fence(city, 1, RULES)
    assert not raises_fence(altered(city, unit=DISTRICT), 0, RULES)
    assert not raises_fence(REFERRED, 0, RULES)
