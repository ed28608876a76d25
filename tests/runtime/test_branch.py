"""Inserting what others wrote: protocol I1, I2, C1, C2, C3."""

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.branch import (
    Link,
    Move,
    Place,
    Reason,
    Rules,
    Tree,
    arrive,
    fence,
    may_write,
    next_epoch,
    written,
)
from tests.runtime.chains import (
    CASE,
    CITY,
    DISTRICT,
    OTHER,
    RULES,
    TOWNSHIP,
    altered,
    assumed,
    places,
    received,
    then,
    tree_of,
)

FIRST = received()
REFERRED = then(FIRST, to=DISTRICT)
TAKEN = then(REFERRED)


def test_an_event_that_extends_the_live_branch_is_appended() -> None:
    tree = tree_of([FIRST])
    assert arrive(tree, REFERRED, RULES) == [Move(REFERRED, None, Place.LIVE, None)]
    assert tree.head == REFERRED


def test_a_known_event_changes_nothing() -> None:
    tree = tree_of([FIRST, REFERRED])
    assert arrive(tree, FIRST, RULES) == []
    assert arrive(tree, REFERRED, RULES) == []


def test_early_events_wait_and_go_in_together_when_the_missing_one_comes() -> None:
    tree = tree_of([TAKEN, REFERRED])
    assert places(tree)[Place.PARKED] == {TAKEN.hash, REFERRED.hash}
    moves = arrive(tree, FIRST, RULES)
    assert [(move.link.seq, move.came_from, move.to) for move in moves] == [
        (1, None, Place.LIVE),
        (2, Place.PARKED, Place.LIVE),
        (3, Place.PARKED, Place.LIVE),
    ]


def test_several_events_of_one_number_wait_side_by_side() -> None:
    tree = tree_of([TAKEN, then(REFERRED, mark="another")])
    assert len(tree.parked) == 2
    moves = [*arrive(tree, REFERRED, RULES), *arrive(tree, FIRST, RULES)]
    assert {move.to for move in moves if move.link.seq == 3} == {Place.LIVE, Place.QUARANTINED}


def test_a_writer_that_is_not_the_holder_is_quarantined() -> None:
    forged = altered(TAKEN, unit=OTHER, holder=OTHER)
    assert arrive(tree_of([FIRST, REFERRED]), forged, RULES) == [
        Move(forged, None, Place.QUARANTINED, Reason.NOT_THE_HOLDER)
    ]


def test_another_event_at_a_taken_number_is_quarantined_and_what_builds_on_it_too() -> None:
    rival = then(FIRST, mark="rival")
    tree = tree_of([FIRST, REFERRED, then(rival), rival])
    assert places(tree)[Place.QUARANTINED] == {rival.hash, then(rival).hash}


def test_a_waiting_event_is_quarantined_once_the_live_branch_shows_that_it_contradicts() -> None:
    unseen = then(FIRST, mark="unseen")
    stray = then(unseen)
    tree = tree_of([stray, FIRST])
    assert tree.place(stray.hash) is Place.PARKED
    arrive(tree, REFERRED, RULES)
    assert tree.place(stray.hash) is Place.QUARANTINED


def test_a_pass_raises_the_term_by_exactly_one_and_nothing_else_does() -> None:
    tree = tree_of([FIRST])
    for wrong in (altered(REFERRED, term=2), altered(REFERRED, term=0), altered(then(FIRST), term=1)):
        assert arrive(tree, wrong, RULES)[0].reason == Reason.TERM_WRONG


def test_only_an_assumed_custody_of_the_city_raises_the_epoch() -> None:
    tree = tree_of([FIRST])
    assert arrive(tree, altered(then(FIRST), epoch=1), RULES)[0].reason == Reason.EPOCH_RAISED
    district = altered(assumed(FIRST), unit=DISTRICT, holder=DISTRICT)
    assert arrive(tree, district, RULES)[0].reason == Reason.NOT_THE_HOLDER
    assert arrive(tree, altered(assumed(FIRST), term=1), RULES)[0].reason == Reason.EPOCH_RAISED
    assert arrive(tree, assumed(FIRST), RULES)[0].to is Place.LIVE


def test_a_first_event_belongs_to_the_unit_in_the_number() -> None:
    for wrong in (
        received(unit=OTHER),
        altered(FIRST, epoch=1),
        altered(FIRST, term=1),
        altered(FIRST, prev=bytes(32)),
        altered(FIRST, holder=DISTRICT),
        altered(REFERRED, prev=None),
        altered(FIRST, seq=0),
    ):
        assert arrive(Tree(CASE), wrong, RULES) == [Move(wrong, None, Place.QUARANTINED, Reason.FIRST_EVENT)]
    assert arrive(Tree(CASE), FIRST, RULES)[0].to is Place.LIVE


def test_a_stream_that_is_no_case_never_changes_hands() -> None:
    first = received("units/340405101", CITY)
    tree = tree_of([first], stream=first.stream)
    assert arrive(tree, then(first), RULES)[0].to is Place.LIVE
    assert arrive(tree, then(then(first), to=DISTRICT), RULES)[0].reason == Reason.NOT_THE_HOLDER
    assert arrive(tree, assumed(then(first)), RULES)[0].reason == Reason.NOT_THE_HOLDER


def test_assumed_custody_cuts_the_tail_that_it_beats() -> None:
    city = assumed(REFERRED)
    tree = tree_of([FIRST, REFERRED, TAKEN])
    moves = arrive(tree, city, RULES)
    assert moves == [Move(TAKEN, Place.LIVE, Place.SUPERSEDED, Reason.FENCED), Move(city, None, Place.LIVE, None)]
    assert [link.seq for link in tree.live] == [1, 2, 3]
    assert arrive(tree, then(TAKEN), RULES)[0].to is Place.SUPERSEDED


def test_assumed_custody_adopts_ancestors_that_were_quarantined_here() -> None:
    rival = then(FIRST, mark="rival")
    later = then(rival)
    city = assumed(later)
    tree = tree_of([FIRST, REFERRED, TAKEN, rival, city])
    assert tree.place(city.hash) is Place.PARKED
    assert tree.place(rival.hash) is Place.SUPERSEDED
    arrive(tree, later, RULES)
    assert tree.live == [FIRST, rival, later, city]


def test_assumed_custody_on_another_first_event_replaces_the_whole_branch() -> None:
    true_first = received(mark="true")
    city = assumed(true_first)
    tree = tree_of([FIRST, REFERRED, true_first])
    arrive(tree, city, RULES)
    assert tree.live == [true_first, city]
    assert places(tree)[Place.SUPERSEDED] == {FIRST.hash, REFERRED.hash}


def test_an_ancestor_that_breaks_custody_keeps_an_epoch_from_being_adopted() -> None:
    stolen = altered(TAKEN, unit=OTHER, holder=OTHER)
    city = assumed(stolen)
    tree = tree_of([FIRST, REFERRED, stolen, city])
    assert tree.head == REFERRED
    assert tree.place(city.hash) is Place.QUARANTINED


def test_an_adopted_epoch_brings_its_waiting_successors() -> None:
    city = assumed(REFERRED)
    given_back = then(city, to=TOWNSHIP)
    tree = tree_of([FIRST, then(given_back), given_back, city])
    assert len(tree.live) == 1
    arrive(tree, REFERRED, RULES)
    assert tree.live == [FIRST, REFERRED, city, given_back, then(given_back)]


def test_a_fence_turns_quarantined_events_of_lower_epoch_into_superseded_ones() -> None:
    rival = then(FIRST, mark="rival")
    tree = tree_of([FIRST, REFERRED, rival])
    assert fence(tree, 1) == [Move(rival, Place.QUARANTINED, Place.SUPERSEDED, Reason.FENCED)]
    assert fence(tree, 1) == []
    assert arrive(tree, then(FIRST, mark="one more"), RULES)[0].to is Place.SUPERSEDED


def test_the_missing_ancestors_of_a_fence_are_still_inserted() -> None:
    tree = tree_of([FIRST])
    fence(tree, 1)
    assert arrive(tree, REFERRED, RULES)[0].to is Place.LIVE
    assert arrive(tree, assumed(REFERRED), RULES)[0].to is Place.LIVE


def test_who_holds_the_head_may_write_unless_a_higher_epoch_is_known_of() -> None:
    tree = tree_of([FIRST, REFERRED])
    assert may_write(tree, DISTRICT)
    assert not may_write(tree, TOWNSHIP)
    fence(tree, 1)
    assert not may_write(tree, DISTRICT)
    assert not may_write(Tree(CASE), TOWNSHIP)


def test_a_new_epoch_is_above_every_epoch_ever_seen() -> None:
    assert next_epoch(Tree(CASE)) == 1
    tree = tree_of([FIRST, then(assumed(TAKEN, epoch=4))])
    assert next_epoch(tree) == 5
    fence(tree, 7)
    assert next_epoch(tree) == 8


def test_an_event_in_an_own_name_that_was_never_written_here_is_reported() -> None:
    rules = Rules(root=CITY, own=frozenset({TOWNSHIP}))
    tree = Tree(CASE)
    written(tree, FIRST, rules)
    forged = then(FIRST, mark="forged")
    assert arrive(tree, forged, rules) == [Move(forged, None, Place.QUARANTINED, Reason.NEVER_WRITTEN_HERE)]
    assert arrive(tree, then(forged), rules)[0].to is Place.QUARANTINED
    assert tree.head == FIRST


def test_a_restored_database_copies_its_own_events_back() -> None:
    rules = Rules(root=CITY, own=frozenset({TOWNSHIP}), catching_up=True)
    tree = tree_of([REFERRED, FIRST], rules)
    assert tree.live == [FIRST, REFERRED]


def test_assumed_custody_on_a_forged_own_event_is_adopted_because_the_city_heals_forks() -> None:
    rules = Rules(root=CITY, own=frozenset({TOWNSHIP}))
    tree = Tree(CASE)
    written(tree, FIRST, rules)
    forged = then(FIRST, mark="forged")
    arrive(tree, forged, rules)
    arrive(tree, assumed(forged), rules)
    assert tree.live == [FIRST, forged, assumed(forged)]


def test_an_own_write_has_the_waiting_events_looked_at_again() -> None:
    rules = Rules(root=CITY, own=frozenset({TOWNSHIP}))
    tree = Tree(CASE)
    stray = then(then(FIRST, to=DISTRICT, mark="never seen"))
    arrive(tree, stray, rules)
    written(tree, FIRST, rules)
    assert tree.place(stray.hash) is Place.PARKED
    moves = written(tree, then(FIRST), rules)
    assert [(move.link, move.to) for move in moves] == [
        (stray, Place.QUARANTINED),
        (then(FIRST), Place.LIVE),
    ]


def test_a_tree_is_the_same_from_its_stored_rows() -> None:
    city = assumed(REFERRED)
    tree = tree_of([FIRST, REFERRED, TAKEN, city, then(then(city)), then(FIRST, mark="x")])
    again = Tree(
        CASE,
        tree.at(Place.LIVE),
        tree.at(Place.PARKED),
        tree.at(Place.SUPERSEDED),
        tree.at(Place.QUARANTINED),
        tree.fenced,
    )
    assert places(again) == places(tree)
    assert arrive(again, then(city), RULES) == arrive(tree, then(city), RULES)
    assert places(again) == places(tree)


@st.composite
def histories(draw: st.DrawFn) -> list[Link]:
    """A case with passes; now and then the city assumes at an earlier event, so that a tail of lower epoch is left."""
    branch, links = [FIRST], [FIRST]
    epoch = 0
    for number in range(draw(st.integers(1, 14))):
        if draw(st.integers(0, 4)) == 0:
            epoch += draw(st.integers(1, 2))
            branch = branch[: draw(st.integers(1, len(branch)))]
            branch.append(assumed(branch[-1], epoch, mark=str(number)))
        else:
            to = draw(st.sampled_from([None, TOWNSHIP, DISTRICT, CITY, OTHER]))
            branch.append(then(branch[-1], to, mark=str(number)))
        links.append(branch[-1])
    return links


@given(histories(), st.data())
def test_any_order_of_arrival_with_duplicates_gives_the_same_tree(links: list[Link], data: st.DataObject) -> None:
    expected = places(tree_of(links))
    shuffled = data.draw(st.permutations(links + data.draw(st.lists(st.sampled_from(links), max_size=6))))
    tree = tree_of(shuffled)
    assert places(tree) == expected
    assert [link.seq for link in tree.live] == list(range(1, len(tree.live) + 1))
    assert not tree.parked


@given(histories(), st.data())
def test_the_moves_alone_rebuild_the_places(links: list[Link], data: st.DataObject) -> None:
    tree, kept = Tree(CASE), dict[bytes, Place]()
    live = dict[int, bytes]()
    for link in data.draw(st.permutations(links)):
        for move in arrive(tree, link, RULES):
            assert kept.get(move.link.hash) == move.came_from
            kept[move.link.hash] = move.to
            if move.came_from is Place.LIVE:
                del live[move.link.seq]
            if move.to is Place.LIVE:
                assert move.link.seq not in live
                live[move.link.seq] = move.link.hash
            assert (move.reason is not None) == (move.to in (Place.SUPERSEDED, Place.QUARANTINED))
    assert [live[seq] for seq in sorted(live)] == [link.hash for link in tree.live]
    assert kept == {link.hash: tree.place(link.hash) for link in links}
