"""Whatever is killed at whatever instant: what was acknowledged is there once, and the rest goes on.

Each target dies once here; five times each, at seeded instants, in tests/chaos.
"""

import random

import pytest

from tests.journeys.killing import TARGETS, kill
from tests.journeys.load import replaying
from tests.journeys.system import System

SEED = 20261122


@pytest.mark.timeout(600)
async def test_every_part_is_killed_once_while_cases_are_worked_on(system: System) -> None:
    chance = random.Random(SEED)
    targets = chance.sample(TARGETS, len(TARGETS))
    instants = sorted(chance.uniform(0.05, 0.9) for _ in targets)
    async with replaying(system, "killed-once", cases=60, seed=SEED) as load:
        for target, instant in zip(targets, instants, strict=True):
            await load.instant(instant)
            await kill(system, target)
    await system.holds()
