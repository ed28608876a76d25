"""Whatever is killed at whatever instant: what was acknowledged is there once, and the rest goes on.

Many parts die at once here; each by itself, five times, in tests/chaos.
"""

import random

import pytest

from tests.journeys.killing import kill, lives
from tests.journeys.load import replaying
from tests.journeys.system import System

SEED = 20261122


@pytest.mark.timeout(600)
async def test_services_servers_and_a_relay_that_has_not_noted_what_it_sent_are_killed_while_cases_are_worked_on(
    system: System,
) -> None:
    chance = random.Random(SEED)
    targets = chance.sample(["services", "servers", "relay"], 3)
    instants = sorted(chance.uniform(0.05, 0.8) for _ in targets)
    async with replaying(system, "killed-once", cases=40, seed=SEED) as load:
        for target, instant in zip(targets, instants, strict=True):
            await load.instant(instant)
            before = lives(system, target)
            await kill(system, target)
            after = lives(system, target)
            assert all(after[name] not in (None, before[name]) for name in before), "each died, and another lives"
    report = await system.holds()
    assert report.records >= load.acts
