"""The protocol holds in seeded schedules, and the checks see when a rule of it is left out."""

import pytest

from tests.simulation.rules import RULES
from tests.simulation.run import WORLDS, run, shrunk, steps_of, world_of

SEEDS = 600
BOUND = 120
"""Seeds of each world that must show the need of a rule; most need a few."""

COMPENSATED = {
    "everywhere": "only a lost assumed custody makes the live head's epoch too low: a story of its own",
    "forward": "the asker sends again to the holder that it sees: forwarding is only quicker",
    "fences": "mostly healed by reading the feeds again: a story of its own",
    "reopen": "rare: a story of its own",
    "delete_marker": "rare: a story of its own",
    "copies": "rare: a story of its own",
    "witness": "rare: a story of its own",
}
"""Rules whose lack a random schedule hardly shows, because other rules compensate for most of it."""


@pytest.mark.parametrize("first", range(0, SEEDS, 60))
def test_one_holder_and_one_history_whatever_fails(first: int) -> None:
    wrong = {seed: outcome for seed in range(first, first + 60) if (outcome := run(steps_of(seed)).wrong)}
    assert not wrong


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in COMPENSATED])
def test_without_this_rule_the_checks_find_what_breaks(rule: str) -> None:
    for seed in range(BOUND * len(WORLDS)):
        if run(steps_of(seed), frozenset({rule})).wrong:
            return
    pytest.fail(f"{RULES[rule]}: {BOUND * len(WORLDS)} schedules without it, and nothing went wrong")


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
