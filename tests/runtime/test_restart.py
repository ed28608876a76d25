"""How a service starts: protocol B2, B4."""

import pytest

from services.runtime.restart import Marker, Start, marker_before_sending, marker_from, on_start


def test_a_marker_that_the_database_covers_is_a_plain_restart_offline_too() -> None:
    for seen in ("A", "B", None):
        assert on_start(Marker("i", 7), "i", 7, "A", seen) is Start.PLAIN


@pytest.mark.parametrize("marker", [None, Marker("i", 8), Marker("other", 3)])
def test_a_missing_higher_or_foreign_marker_means_a_restored_database(marker: Marker | None) -> None:
    assert on_start(marker, "i", 7, "A", "A") is Start.CATCH_UP
    assert on_start(marker, "i", 7, "A", None) is Start.CATCH_UP
    assert on_start(marker, "i", 7, "A", "B") is Start.READ_ONLY


def test_a_new_database_catches_up_too() -> None:
    assert on_start(None, "i", 0, None, "A") is Start.CATCH_UP


def test_the_marker_goes_up_before_each_send_and_never_down() -> None:
    assert marker_before_sending(None, "i", 5) == Marker("i", 5)
    assert marker_before_sending(Marker("i", 5), "i", 5) is None
    assert marker_before_sending(Marker("i", 5), "i", 3) is None
    assert marker_before_sending(Marker("i", 5), "i", 6) == Marker("i", 6)
    assert marker_before_sending(Marker("old", 9), "i", 6) == Marker("i", 6)


def test_a_marker_is_read_as_it_was_written_and_a_broken_one_counts_as_missing() -> None:
    assert marker_from(Marker("0f3a", 12).text()) == Marker("0f3a", 12)
    whole = Marker("0f3a", 12).text()
    torn = Marker("0f3a", 99).text()[:24] + whole[24:]
    for broken in (None, "", "0f3a", "0f3a 12", "0f3a x y", "0f3a -1 0", "0f3a ² 0", whole[:-2], whole + "x", torn):
        assert marker_from(broken) is None


def test_every_position_makes_a_line_of_the_same_length() -> None:
    assert len({len(Marker("0f3a", highest).text()) for highest in (0, 7, 10**6, 2**63)}) == 1
