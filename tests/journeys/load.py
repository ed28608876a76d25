"""A slice of the receipt log, replayed: a load whose every act is known beforehand."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.cli.replay.command import ROLES as IMPORTER
from services.cli.replay.logs import activities, traces
from services.cli.replay.mapping import load
from services.cli.replay.plan import CasePlan, plan
from services.cli.replay.reference import Asked, asked, open_units, publish
from services.cli.replay.run import Totals, tell
from services.cli.replay.send import Sender, Services
from services.cli.replay.units import Unit, Units
from tests.journeys.places import CITY, HOSTED
from tests.journeys.system import System

DATA = Path(__file__).parents[2] / "deploy" / "data"
IN_FLIGHT = 24
PATIENCE = 240.0
ROLES = tuple(IMPORTER)


@dataclass
class Load:
    """`acts` is how many there are; `instant` returns when that share of them is acknowledged."""

    system: System
    acts: int
    begun: int
    telling: asyncio.Task[Totals]

    async def instant(self, share: float) -> None:
        """Fails when the load ended before."""
        reached = asyncio.ensure_future(self.system.ledger.reaches(self.begun + int(self.acts * share)))
        await asyncio.wait([reached, self.telling], return_when=asyncio.FIRST_COMPLETED)
        assert reached.done(), self.telling.result().failed
        reached.cancel()


@asynccontextmanager
async def replaying(system: System, name: str, cases: int, seed: int) -> AsyncIterator[Load]:
    """That many cases of the log, chosen by the seed, on their way through the system; all told at the end."""
    services = Services(
        lambda unit: system.services[unit.tier].url, lambda unit, person: system.token(unit.code, ROLES, person)
    )
    sender = Sender(system.http, services, patience=PATIENCE)
    map = load(DATA / "receipt.toml").model_copy(update={"name": name})
    log = DATA / "receipt.csv.gz"
    hosted = {code for codes in HOSTED.values() for code in codes}
    city = Unit(CITY, "city")
    units = [unit for unit in await open_units(sender, city) if unit.code in hosted]
    chosen = random.Random(seed).sample(list(traces(log, map)), cases)
    plans: list[CasePlan] = [told for trace in chosen if (told := plan(trace, map, Units(units))) is not None]
    bodies = Asked().union(*(asked(told) for told in plans))
    await publish(sender, city, units, map, activities(traces(log, map)), bodies, PATIENCE)
    begun = len(system.ledger.acts)
    telling = asyncio.create_task(tell(sender, iter(plans), IN_FLIGHT))
    try:
        acts = sum(len(told.acts) for told in plans)
        yield Load(system, acts, begun, telling)
        totals = await telling
    finally:
        telling.cancel()
        await asyncio.wait([telling])
    assert totals.failed == []
    assert totals.acts == acts
