"""What people were told is held against what stands in the logs."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.checked.sound import FOUR, TWO, Lines, Sound, forged, violated, written
from tests.chaos.checker import Restored, report
from tests.chaos.handmade import story
from tests.chaos.handmade.chains import TOWNSHIP


def _without(key: str) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        gone = {line["id"] for line in lines if line.get("key") == key}
        lines[:] = [line for line in lines if line["id"] not in gone]

    return change


def _answered(key: str, **said: Any) -> Callable[[Lines], None]:
    """The call with this key had another answer."""

    def change(lines: Lines) -> None:
        id_ = next(line["id"] for line in lines if line.get("key") == key)
        answer = next(line for line in lines if line["id"] == id_ and line["what"] != "call")
        answer.update(said)

    return change


def _moved(lines: Lines) -> None:
    """The date of case 2 moves before anything happened, between the first two answers."""
    first = next(n for n, line in enumerate(lines) if line.get("path", "").endswith("/deadline"))
    twice = json.loads(json.dumps(lines[first : first + 2]))
    for line in twice:
        line["id"], line["t"] = 1000, line["t"] - 0.1
    twice[1]["answer"]["limits"][0]["last_day"] = "2026-12-31"
    lines[first:first] = twice


def _began_anew(lines: Lines) -> None:
    """The same clock began twice, and nothing between began it."""
    _moved(lines)
    added = next(line for line in lines if line["id"] == 1000 and line["what"] == "ok")
    added["answer"]["limits"][0]["started"] = "2026-11-25T01:06:00Z"


def _one_number(lines: Lines) -> None:
    """Case 4 has the number of case 2."""
    _answered("four", answer={"case": {"number": TWO}, "pos": 9})(lines)


SPOILT_HISTORIES = {
    "a number given twice": ("number_twice", _one_number),
    "an acknowledged act that is nowhere": ("lost", _answered("silent", what="ok", status=200, answer={
        "case": {"number": FOUR}, "pos": 9})),
    "an act that nobody asked for": ("unheard", _without("one-decide")),
    "an act said to be refused": ("refused", _answered("one-decide", what="failed", status=409, answer={
        "code": "wrong_phase"})),
    "an act said to be written elsewhere": ("elsewhere", _answered("one-decide", answer={
        "case": {"number": TWO}, "pos": 9})),
    "an act said to be superseded that is live": ("superseded", _answered("two-resume", what="failed", status=409,
                                                                          answer={"code": "superseded"})),
    "a date that moved by itself": ("due_moved", _moved),
    "a clock that began anew by itself": ("due_moved", _began_anew),
    "a date that a suspension moved before it was made": ("due_moved", lambda lines: [
        line.update(t=line["t"] + 100) for line in lines
        if line["id"] in {x["id"] for x in lines if x.get("key") in ("two-suspend", "two-resume")}
    ]),
}  # fmt: skip


@pytest.mark.parametrize(("invariant", "change"), SPOILT_HISTORIES.values(), ids=SPOILT_HISTORIES)
async def test_a_history_that_says_otherwise_is_found(
    sound: Sound, invariant: str, change: Callable[[Lines], None]
) -> None:
    assert invariant in await violated(sound.told(change))


async def test_an_act_whose_answer_is_unknown_may_be_done_or_not(sound: Sound) -> None:
    assert await violated(sound.told(_answered("one-decide", what="unknown", why="ReadTimeout"))) == set()

    def unanswered(lines: Lines) -> None:
        id_ = next(line["id"] for line in lines if line.get("key") == "one-decide")
        lines[:] = [line for line in lines if line["id"] != id_ or line["what"] == "call"]

    assert await violated(sound.told(unanswered)) == set()


async def test_what_a_restore_loses_by_design_is_counted_and_what_else_is_missing_is_found(sound: Sound) -> None:
    told = sound.told(_answered("silent", what="ok", status=200, answer={"case": {"number": FOUR}, "pos": 9}))
    at = next(line["t"] for line in story.told() if line.get("key") == "silent")
    lost = await report(replace(told, restored=(Restored("township", at - 5, at + 5),)))
    assert (lost.violations, lost.acts and lost.acts.lost_by_restore) == ([], 1)
    known = replace(told, restored=(Restored("township"),), lost=frozenset())
    assert await violated(known) == {"lost"}, "the restore was looked at, and lost nothing"
    assert await violated(replace(known, lost=frozenset({b"one"}))) == set()
    for other in (Restored("city"), Restored("township", at + 5, at + 9), Restored("township", at - 9, at - 5)):
        assert await violated(replace(told, restored=(other,))) == {"lost"}


async def test_a_date_that_a_calendar_moved_is_explained_by_its_journal(sound: Sound) -> None:
    chain = forged(lambda c: c.add(
        "DeadlineRecomputed", TOWNSHIP, key="x", actor="clock", calendar="2026.2", clock="statutory", old="2026-12-31",
        new="2026-12-23", reason="holiday"))  # fmt: skip
    told = sound.told(_moved)
    assert "due_moved" in await violated(told)
    spoilt = await sound.everywhere(written(chain))
    assert "due_moved" not in await violated(replace(spoilt, history=told.history))
