"""One run: the system, its load, the faults of a seed; then rest, and what the checker finds."""

import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from aiokafka.errors import KafkaError

from tests.chaos.code import code
from tests.chaos.crash_points import SAY_WHERE
from tests.chaos.faulting import Faulting
from tests.chaos.faults.database import AWAY
from tests.chaos.keeping import keep, waiting
from tests.chaos.outcome import Outcome, violation
from tests.chaos.schedule import Fault, plan
from tests.chaos.world import World
from tests.ending import ended
from tests.journeys import rest

if TYPE_CHECKING:
    from tests.chaos.history import History

Load = Callable[[World, "History", int, Callable[[], bool]], Awaitable[None]]
FAULTS_END_WITHIN = 240.0
"""Seconds after the load's end: a restore that waits for a service may take that long."""
LOAD_ENDS_WITHIN = 60.0
READY_WITHIN = 90.0
RESTS_WITHIN = 240.0
"""Seconds from the end of all faults until nothing is on its way any more."""
FOR_PEOPLE = ("order", "request", "consultation")
"""The load leaves some of each unanswered: the checker knows which of them a service had to answer."""
STILL = 2.0
CHECKED_WITHIN = 900.0


class Broken(Exception):
    """The run itself went wrong, so it says nothing about the system."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is asked for. `again` is the command that does it once more; `say` hears what happens, in words."""

    seed: int
    seconds: float
    brokers: int
    again: str
    say: Callable[[str], None] = lambda words: None

    async def in_folder(self, out: Path, load: Load | None = None) -> Outcome:
        """Leaves in `out` history, schedule, journal, evidence, logs and which code it was; with violations, the
        databases and the chains they name too.

        Raises Broken.
        """
        faults = plan(self.seed, self.seconds, self.brokers)
        self._begin(out, faults)
        outcome = Outcome(self.seed)
        data = Path(tempfile.mkdtemp(prefix="sanji-chaos-"))
        clock = _Clock(outcome.seconds)
        try:
            async with World(data, out, self.brokers) as world:
                clock.lap("start")
                await self._work(world, faults, outcome, out, load or _load())
                clock.lap("load and faults")
                outcome.violations += [violation(*found) for found in world.found]
                with suppress(_NoRest):
                    await self._rest(world, outcome)
                clock.lap("rest")
                evidence = _evidence(world, out)
                await self._check(world, evidence, outcome, out)
                clock.lap("check")
                if outcome.violations:
                    await keep(world, outcome.violations, out)
        finally:
            shutil.rmtree(data, ignore_errors=True)
        clock.lap("end")
        return outcome

    def _begin(self, out: Path, faults: Sequence[Fault]) -> None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "code.txt").write_text(code())
        (out / "again.txt").write_text(self.again + "\n")
        (out / "schedule.json").write_text(json.dumps([asdict(fault) for fault in faults], indent=1))

    async def _work(self, world: World, faults: Sequence[Fault], outcome: Outcome, out: Path, load: Load) -> None:
        from tests.chaos.history import History

        history = History(out / "history.jsonl")
        world.journal.begin()
        over = False
        loading = asyncio.ensure_future(load(world, history, self.seed, lambda: over))
        faulting = asyncio.ensure_future(Faulting(world, self.seconds, outcome, self.say).all(faults))
        try:
            await asyncio.wait([loading], timeout=self.seconds)
            if loading.done():
                await loading
                raise Broken("the load ended before it was told to")
            over = True
            done, _ = await asyncio.wait([faulting], timeout=FAULTS_END_WITHIN)
            if not done:
                raise Broken("a fault does not end")
            await faulting
            done, _ = await asyncio.wait([loading], timeout=LOAD_ENDS_WITHIN)
            if not done:
                raise Broken("the load does not end")
            await loading
        finally:
            for task in (loading, faulting):
                task.cancel()
            await asyncio.wait([loading, faulting])
            history.close()
        outcome.acts = _acts(out / "history.jsonl")

    async def _rest(self, world: World, outcome: Outcome) -> None:
        """Being over the limit is a violation by itself."""
        ends = time.monotonic() + RESTS_WITHIN
        self.say("all faults are over; waiting for rest")
        for tier in world.services:
            while not (said := await world.answers(tier)).get("ready"):
                if time.monotonic() > ends:
                    await self._restless(
                        world, outcome, f"{tier} is not ready: {json.dumps(said, ensure_ascii=False)[:1500]}"
                    )
                await asyncio.sleep(0.2)
        while True:
            try:
                left = max(1.0, ends - time.monotonic())
                kafka = world.stack.kafka.bootstrap()
                await rest.at_rest(world.services.values(), kafka, world.prefix, left, FOR_PEOPLE, STILL)
                return
            except AssertionError as error:
                await self._restless(world, outcome, str(error))
            except (*AWAY, KafkaError) as error:
                if time.monotonic() > ends:
                    await self._restless(world, outcome, f"{type(error).__name__}: {error}")
                await asyncio.sleep(0.5)

    async def _restless(self, world: World, outcome: Outcome, why: str) -> NoReturn:
        self.say(f"does not come to rest: {why}")
        for service in world.services.values():
            if service.process is not None and service.process.poll() is None:
                service.process.send_signal(SAY_WHERE)
        await asyncio.sleep(2)
        for service, stream, detail in [("", "", why), *await waiting(world)]:
            outcome.violations.append(violation("does_not_come_to_rest", detail, service, stream))
        raise _NoRest

    async def _check(self, world: World, evidence: Path, outcome: Outcome, out: Path) -> None:
        self.say("checking")
        try:
            words = (sys.executable, "-m", "tests.chaos.checker", str(evidence))
            checker = await ended(*words, within=CHECKED_WITHIN)
        except TimeoutError:
            raise Broken(f"the checker did not end within {CHECKED_WITHIN:.0f} s") from None
        (out / "checker.txt").write_bytes(checker.out + checker.err)
        lines = checker.out.decode().strip().splitlines()
        if checker.code not in (0, 1) or not lines:
            raise Broken(f"the checker ended with {checker.code}: {checker.err.decode()[-2000:]}")
        outcome.checked = json.loads(lines[-1])
        outcome.violations += outcome.checked.pop("violations")


class _NoRest(Exception):
    """Noted already."""


class _Clock:
    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self._began = time.monotonic()

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self._seconds[name], self._began = round(now - self._began, 1), now


def _load() -> Load:
    from tests.chaos.load import load

    return load


def _acts(history: Path) -> dict[str, int]:
    """How many keys were acknowledged, refused and left unknown; a key that was ever acknowledged is."""
    keys: dict[int, str] = {}
    best: dict[str, str] = {}
    order = ("unknown", "failed", "ok")
    with history.open() as lines:
        for line in map(json.loads, lines):
            if line["what"] == "call" and line["method"] == "POST" and "key" in line:
                keys[line["id"]] = f"{line['unit']} {line['key']}"
            elif line["what"] in order and line["id"] in keys:
                key = keys.pop(line["id"])
                best[key] = max(best.get(key, "unknown"), line["what"], key=order.index)
    counted = Counter(best.values())
    return {name: counted[name] for name in reversed(order)}


def _evidence(world: World, out: Path) -> Path:
    said = {
        "history": "history.jsonl",
        "databases": {tier: service.dsn for tier, service in world.services.items()},
        "kafka": world.stack.kafka.bootstrap(),
        "prefix": world.prefix,
        "clusters_replaced": world.clusters_replaced,
        "restored": world.restored,
        "lost": sorted(world.lost),
        "injected": sorted(world.injected),
        "units": {tier: service.units for tier, service in world.services.items()},
    }
    path = out / "evidence.json"
    path.write_text(json.dumps(said, indent=1))
    return path
