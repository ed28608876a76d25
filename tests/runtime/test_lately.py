"""What was written last tells who need not look, and what need not be read back."""

import pytest

from contracts.case import CaseReferred, StepStarted
from contracts.events import Event, type_name
from services.runtime.lately import COMMITS, Kind, Lately, kinds
from services.runtime.row import Draft
from tests.runtime.logs import FEED, THERE, draft, number, rows, steps


def kind(event: type[Event], *, passes: bool = False) -> Kind:
    return Kind(type_name(event), first=True, passes=passes, published=True)


STEP, PASS = kind(StepStarted), kind(CaseReferred, passes=True)
COPY = STEP._replace(published=False)


def passes(kind: Kind) -> bool:
    return kind.passes


def added(lately: Lately, base: int, *drafts: Draft) -> int:
    """The position after them."""
    written = [(row, draft.topic) for draft in drafts for row in draft.rows]
    lately.add(base, base + len(written), kinds(written), written)
    return base + len(written)


def test_what_was_written_tells_whether_anything_of_it_is_wanted() -> None:
    lately = Lately()
    lately.add(0, 2, {STEP})
    lately.add(2, 5, {STEP})
    assert lately.lacks(0, 5, passes)
    assert lately.lacks(2, 5, passes)
    lately.add(5, 6, {STEP, PASS})
    assert not lately.lacks(0, 6, passes)
    assert not lately.lacks(5, 6, passes)
    assert lately.lacks(6, 6, passes)


def test_what_another_process_wrote_counts_as_wanted() -> None:
    lately = Lately()
    lately.add(0, 2, {STEP})
    lately.add(3, 4, {STEP})
    assert not lately.lacks(0, 4, passes)
    assert not lately.lacks(2, 4, passes)
    assert lately.lacks(3, 4, passes)


def test_two_that_write_may_tell_in_another_order_than_they_wrote() -> None:
    lately = Lately()
    lately.add(2, 4, {STEP})
    assert not lately.lacks(0, 4, passes)
    lately.add(0, 2, {STEP})
    assert lately.lacks(0, 4, passes)


def test_what_was_written_last_at_a_position_counts() -> None:
    lately = Lately()
    lately.add(0, 4, {STEP})
    lately.add(0, 2, {PASS})
    assert not lately.lacks(0, 2, passes)


def test_only_so_many_commits_are_remembered() -> None:
    lately = Lately()
    for pos in range(COMMITS + 1):
        lately.add(pos, pos + 1, {STEP})
    assert not lately.lacks(0, COMMITS + 1, passes)
    assert lately.lacks(1, COMMITS + 1, passes)


def test_what_was_committed_here_is_published_without_being_read_back_copies_between_it_or_not() -> None:
    lately = Lately()
    one, passed = steps(number(1), 2), CaseReferred(to=THERE, referral="transfer", reason="r")
    two = draft(rows(number(2), [passed], holder=THERE))
    upto = added(lately, 0, one, two)
    lately.add(upto, upto + 4, {COPY})
    three = steps(number(3))
    end = added(lately, upto + 4, three)
    assert lately.published(0, 100) == (
        8,
        [(1, FEED, one.rows[0]), (2, FEED, one.rows[1]), (3, FEED, two.rows[0]), (8, FEED, three.rows[0])],
    )
    assert lately.published(upto, 100) == (end, [(8, FEED, three.rows[0])])
    assert lately.published(end, 100) is None


def test_what_has_no_topic_is_not_published() -> None:
    lately = Lately()
    end = added(lately, 0, draft(steps(number(1)).rows, topic=None), steps(number(2)))
    found = lately.published(0, 100)
    assert found is not None
    assert (found[0], [one.pos for one in found[1]]) == (end, [2])


def test_where_others_wrote_the_log_is_read() -> None:
    lately = Lately()
    added(lately, 0, steps(number(1)))
    added(lately, 2, steps(number(2)))
    assert lately.published(0, 100) == (1, [(1, FEED, steps(number(1)).rows[0])])
    assert lately.published(1, 100) is None


def test_own_events_that_were_read_back_are_read_from_the_log() -> None:
    lately = Lately()
    lately.add(0, 1, {STEP})
    assert lately.published(0, 100) is None


def test_no_more_is_taken_at_once_than_was_asked_for() -> None:
    lately, pos = Lately(), 0
    for n in range(5):
        pos = added(lately, pos, steps(number(n), 2))
    found = lately.published(0, 4)
    assert found is not None
    assert found[0] == 4


def test_only_so_many_bytes_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = steps(number(1)), steps(number(2))
    monkeypatch.setattr("services.runtime.lately.BYTES", len(second.rows[0].value))
    lately = Lately()
    pos = added(lately, 0, first)
    added(lately, pos, second)
    assert lately.published(0, 100) is None
    assert lately.lacks(0, 2, passes), "what kinds they were is still known"
    assert lately.published(pos, 100) == (2, [(2, FEED, second.rows[0])])


def test_what_was_forgotten_is_read_from_the_log() -> None:
    lately = Lately()
    added(lately, 0, steps(number(1)))
    lately.forget()
    assert lately.published(0, 100) is None
    assert not lately.lacks(0, 1, passes)
