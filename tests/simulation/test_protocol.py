"""Protocol and law hold in seeded schedules, and the checks see when a rule is left out or a mistake is made."""

import pytest

from tests.simulation.law import PLANTED
from tests.simulation.rules import RULES
from tests.simulation.run import WORLDS, run, shrunk, steps_of, world_of

SEEDS = 600
BOUND = 300
"""Schedules of one world that must show the need of a rule; most need a few, the rarest a hundred."""

FOUND_IN = {
    "writer": "forger",
    "terms": "calm",
    "epochs": "calm",
    "adoption": "assumed",
    "own_names": "forger",
    "consulted": "consultations",
    "look_again": "assumed",
    "own_events": "restored",
    "rereading": "requests",
    "disputes": "disputes",
    "clock_head": "law, requests",
    "lawful_day": "law",
    "transit": "law, requests",
    "moment": "law, requests",
    "journal": "law",
    "missed": "law, disputes",
    "names_request": "law, requests",
    "head_hash": "assumed",
    "feed_first": "restored",
    "own_key_first": "restored",
    "derived": "restored",
    "keys": "assumed",
    "exact_term": "requests",
    "request_id": "requests",
    "ask_again": "requests",
    "copied_keys": "restored",
    "superseded_key": "restored assumed",
    "offsets": "restored",
    "offsets_cluster": "replaced",
    "relay_cluster": "replaced",
    "marker": "restored",
    "own_topics": "restored",
    "serial_jump": "restored",
}
"""The world in which the lack of a rule shows soonest."""

MADE_IN = {
    "disputes counted to four": "disputes",
    "disputes counted to two": "disputes",
    "a late acceptance of today": "law, disputes",
    "papers are taken twice": "law, requests",
    "urged again": "law",
    "terminated though papers came": "law, requests",
    "papers count from their registration": "law, requests",
    "never terminated": "law",
    "a day too early": "law",
    "weekends alone": "law",
    "the calendar of yesterday": "law",
    "suspended days count": "law, crashes",
    "journalled twice": "law",
    "old and new day exchanged": "law",
    "changed while suspended": "law",
    "whose day moved is not said": "law, consultations",
    "late answers are taken": "consultations",
    "an answer counts for its term alone": "consultations",
    "an answer without its request": "consultations",
    "decided as if nobody were asked": "law, consultations",
}
"""The world in which a planted mistake shows soon."""

COMPENSATED = {
    "everywhere": "only a lost assumed custody makes the live head's epoch too low: a story of its own",
    "forward": "the asker sends again to the holder that it sees: forwarding is only quicker",
    "fences": "mostly healed by reading the feeds again: a story of its own",
    "reopen": "rare: a story of its own",
    "delete_marker": "rare: a story of its own",
    "copies": "rare: a story of its own",
    "papers_wait": "rare, since papers seldom wait beyond the applicant's last day: a story of its own",
    "witness": "rare: a story of its own",
    "consulted_keys": "rare, since a restored service reads its inboxes again: a story of its own",
    "watching": "what comes next is parked and has it read again, unless nothing comes: a story of its own",
}
"""Rules whose lack a random schedule hardly shows, because other rules compensate for most of it."""


@pytest.mark.parametrize("first", range(0, SEEDS, 60))
def test_one_holder_and_one_history_whatever_fails(first: int) -> None:
    wrong = {seed: outcome for seed in range(first, first + 60) if (outcome := run(steps_of(seed)).wrong)}
    assert not wrong


@pytest.mark.parametrize(("rule", "world"), FOUND_IN.items())
def test_without_this_rule_the_checks_find_what_breaks(rule: str, world: str) -> None:
    without = frozenset({rule})
    assert any(run(steps_of(seed, world), without).wrong for seed in range(BOUND)), RULES[rule]


@pytest.mark.parametrize(("mistake", "world"), MADE_IN.items())
def test_a_planted_mistake_is_found(mistake: str, world: str) -> None:
    made = frozenset({mistake})
    assert any(run(steps_of(seed, world), made).wrong for seed in range(BOUND))


def test_every_planted_mistake_is_looked_for() -> None:
    assert MADE_IN.keys() == PLANTED.keys()


def test_every_rule_is_shown_to_be_needed_or_said_to_be_compensated() -> None:
    assert FOUND_IN.keys() | COMPENSATED.keys() == RULES.keys()
    assert set(FOUND_IN.values()) <= WORLDS.keys()


def test_a_bad_schedule_is_shrunk_to_a_short_story() -> None:
    without = frozenset({"writer"})
    seed, wrong = next((seed, wrong) for seed in range(500) if (wrong := run(steps_of(seed), without).wrong))
    outcome = shrunk(steps_of(seed), wrong, without)
    assert outcome.wrong
    assert "holds the case" in outcome.wrong
    assert len(outcome.story) < 12
    assert any("a forger writes" in line for line in outcome.story)


def test_a_seed_tells_the_same_story_every_time() -> None:
    seed = next(seed for seed in range(100) if world_of(seed) == "all")
    first, second = run(steps_of(seed), tell=True), run(steps_of(seed), tell=True)
    assert first == second
    assert len(first.story) > 50
