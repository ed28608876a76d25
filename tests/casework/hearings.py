"""Histories of a case to which a hearing belongs."""

from datetime import date

from tests.casework.dated import History, Story, instant

RECORD, SIGNED = "b" * 64, "c" * 64
HOLD = {"held_on": date(2026, 3, 18), "record": RECORD}
GRANTED = {"outcome": "granted"}
RECEIVED = "2026-03-02 09:00 received licence township"
ACCEPTED = "2026-03-02 10:00 accepted"
OFFERED = "2026-03-04 10:00 hearing-offered"
REQUESTED = "2026-03-06 10:00 hearing-requested"
ANNOUNCED = "2026-03-06 14:00 hearing-announced 2026-03-18"
HELD = "2026-03-18 15:00 hearing-held 2026-03-18"


def told(*lines: str) -> Story:
    return History((RECEIVED, ACCEPTED, *lines)).tell()


def at(story: Story, text: str) -> Story:
    return Story(story.case, story.written, instant(text), story.book)
