"""Old events lifted to what they would be called today; the bytes that were stored stay as they are."""

from typing import Any, ClassVar

import pytest

from contracts.catalogue import UnknownEvent, event_of
from contracts.envelope import digest, read
from contracts.events import EVENTS, Event
from contracts.fields import Code, Day
from contracts.generate import SCHEMAS, committed
from contracts.upcast import CHAIN, Chain
from tests.contracts.examples import record


class BellInstalled(Event, abstract=True):
    """Version 1 said `room: "3"`; version 2 a floor as a number; version 3 the day too, unknown for the old ones."""

    kind: ClassVar[str] = "bell"
    version: ClassVar[int] = 3

    floor: Code
    installed_on: Day | None = None


class OldBellInstalled(Event, abstract=True):
    kind: ClassVar[str] = "bell"

    room: Code


def floor_of_the_room(data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "sanji.bell.BellInstalled.v2", {"floor": f"floor-{data['room'][0]}"}


def no_day_was_noted(data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "sanji.bell.BellInstalled.v3", {**data, "installed_on": None}


LIFTS = Chain({"sanji.bell.BellInstalled.v1": floor_of_the_room, "sanji.bell.BellInstalled.v2": no_day_was_noted})


@pytest.fixture(autouse=True)
def bells(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bell is known only here: this program has version 3 alone."""
    monkeypatch.setitem(EVENTS, "sanji.bell.BellInstalled.v3", BellInstalled)


def test_an_event_of_version_1_is_read_as_version_3() -> None:
    lifted = event_of("sanji.bell.BellInstalled.v1", {"room": "301"}, LIFTS)
    assert lifted == BellInstalled(floor="floor-3")


def test_an_event_of_version_2_skips_the_first_lift() -> None:
    assert event_of("sanji.bell.BellInstalled.v2", {"floor": "f1"}, LIFTS) == BellInstalled(floor="f1")


def test_an_event_of_todays_version_is_read_as_it_is() -> None:
    said = {"floor": "f1", "installed_on": "2026-11-22"}
    assert LIFTS.lift("sanji.bell.BellInstalled.v3", said) == ("sanji.bell.BellInstalled.v3", said)


def test_the_stored_bytes_of_a_lifted_event_stay_as_they_are() -> None:
    stored = record(OldBellInstalled(room="301")).replace(b"OldBellInstalled", b"BellInstalled")
    before, envelope = digest(stored), read(stored)
    event = event_of(envelope.type, envelope.data, LIFTS)
    assert isinstance(event, BellInstalled)
    assert envelope.type == "sanji.bell.BellInstalled.v1"
    assert envelope.data == {"room": "301"}, "lifting takes nothing out of the record it reads"
    assert digest(stored) == before


def test_a_version_of_tomorrow_is_refused_and_not_guessed() -> None:
    with pytest.raises(UnknownEvent, match="v4"):
        event_of("sanji.bell.BellInstalled.v4", {"floor": "f1"}, LIFTS)
    with pytest.raises(UnknownEvent, match="v1"):
        event_of("sanji.bell.BellInstalled.v1", {"room": "301"})


def test_every_released_version_ends_at_an_event_of_today() -> None:
    for name in committed(SCHEMAS):
        kind, _, rest = name.partition(".")
        if "." in rest and kind != "inbox":
            assert f"sanji.{name}" in EVENTS or f"sanji.{name}" in CHAIN.lifts
