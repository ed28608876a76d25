"""kill -9 of each part at five seeded instants of a replay. `SANJI_SEED` chooses the instants and the cases."""

import os
import random

import pytest

from tests.journeys.kafka_content import values
from tests.journeys.killing import TARGETS, kill, lives
from tests.journeys.load import replaying
from tests.journeys.system import System

SEED = int(os.environ.get("SANJI_SEED", "20261122"))
KILLS = 5


@pytest.mark.timeout(600)
@pytest.mark.parametrize("target", TARGETS)
async def test_after_five_deaths_every_acknowledged_act_is_there_once(system: System, target: str) -> None:
    chance = random.Random(f"{SEED} {target}")
    instants = sorted(chance.uniform(0.02, 0.9) for _ in range(KILLS))
    async with replaying(system, f"killed-{target}", cases=80, seed=chance.randrange(2**32)) as load:
        for instant in instants:
            await load.instant(instant)
            before = lives(system, target)
            await kill(system, target)
            after = lives(system, target)
            assert all(after[name] not in (None, before[name]) for name in before), "each died, and another lives"
    report = await system.holds()
    assert report.records >= load.acts
    if target == "relay":
        # What was sent before each death was sent again after it: copies are in the feed, and nowhere else.
        feed = f"{system.prefix}township.events"
        records = (await values(system.stack.kafka.bootstrap(), [feed]))[feed]
        assert len(records) > len(set(records))
