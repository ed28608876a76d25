"""Daily anchors: each unit signs how many events it wrote and where its chains ended, so that a cut tail is found.

An anchor covers exactly what its unit recorded before the anchor's `time`. So from the moment that time is chosen the
service's clock never shows less, and what was recorded before and still waits to be written is let in first.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import structlog

from contracts.anchor import AnchorPublished
from contracts.envelope import command_id
from services.casework.moment import SHANGHAI, local_day
from services.office.case_fold import Record, RecordFold
from services.runtime.anchor import Ends, sign_anchor
from services.runtime.commands import Commands, Decided, Order
from services.runtime.fold import Loaded
from services.runtime.keys import UnitKeys
from services.runtime.log import WRITING_AWAY, Log
from services.runtime.statements import statements
from services.runtime.turns import take_turns

if TYPE_CHECKING:
    from asyncpg import Record as Row
    from asyncpg.pool import Pool

statement = statements(__file__)
log = structlog.get_logger(__name__)
ACTOR = "anchor"
PAGE = 5000
AFTER_MIDNIGHT = timedelta(seconds=90)
"""By then what another process of this service had under way at midnight is written: a statement takes at most 60 s."""


class Clock:
    """The time, but never before what was anchored: an event recorded there later would make the anchor wrong."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self.floor = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return max(self._now(), self.floor)


class Anchored(NamedTuple):
    unit: str
    anchor: AnchorPublished
    pos: int


@dataclass(slots=True)
class _Written:
    """By one unit before an instant."""

    ends: Ends
    events: int = 0


class Anchors:
    """Of one service. `clock` is the one by which the service's commands record; `topic` the tier's feed."""

    def __init__(self, pool: "Pool[Row]", log_: Log, keys: Mapping[str, UnitKeys], topic: str, clock: Clock) -> None:
        self._pool = pool
        self._log = log_
        self._keys = keys
        self._topic = topic
        self._clock = clock
        self._commands: Commands[Record] = Commands(log_, RecordFold(), _nothing_sealed, clock)
        self._one_at_a_time = asyncio.Lock()

    async def begin(self) -> None:
        """Before the first command: the clock begins after the last anchors, wherever the machine's own stands."""
        for unit in self._keys:
            await self._last(unit)

    async def run(self) -> None:
        """Anchor each local day when it is over, for ever; at the start the last one, if that was not done.

        A service that did not run for several days anchors the last of them alone, which covers the others.
        """

        async def turn() -> None:
            over, due = _day_over(self._clock())
            await self.end_of(over)
            wait = max(0.0, (due - self._clock()).total_seconds())
            # A machine that slept, or whose clock was set, finds a day over earlier or later than was thought.
            await asyncio.sleep(min(wait, 600.0) + 0.001)

        await take_turns("anchors", turn, WRITING_AWAY)

    async def end_of(self, day: date) -> list[Anchored]:
        """Anchor what was recorded up to the end of this local day, for each unit that has no anchor of that time."""
        end = datetime.combine(day + timedelta(days=1), datetime.min.time(), SHANGHAI).astimezone(UTC)
        async with self._one_at_a_time:
            last = {unit: await self._last(unit) for unit in self._keys}
            return await self._publish([u for u, at in last.items() if at is None or at < end], end, day, f"day {day}")

    async def now(self, key: str) -> list[Anchored]:
        """Anchor what every unit has recorded until now. The same Idempotency-Key gives the first anchors."""
        async with self._one_at_a_time:
            at = self._clock()
            return await self._publish(list(self._keys), at, local_day(at), f"key {key}")

    async def _last(self, unit: str) -> datetime | None:
        loaded = await self._commands.load(f"anchor/{unit}")
        if loaded is None:
            return None
        self._clock.floor = max(self._clock.floor, loaded.time)
        return loaded.time

    async def _publish(self, units: Sequence[str], at: datetime, day: date, why: str) -> list[Anchored]:
        if not units:
            return []
        self._clock.floor = max(self._clock.floor, at)
        await self._log.settled()
        written = await self._written(units, at)
        done = [await self._append(unit, written[unit], at, day, why) for unit in units if unit in written]
        if done:
            log.info("anchored", day=day.isoformat(), units=len(done), chains=sum(one.anchor.chains for one in done))
        return done

    async def _written(self, units: Sequence[str], at: datetime) -> dict[str, _Written]:
        """In one snapshot; memory holds one page and, for each unit, the logarithm of its chains."""
        found: dict[str, _Written] = {}
        async with self._pool.acquire() as connection:
            async with connection.transaction():
                # Whoever is writing at this moment has this lock; the snapshot is taken after they are done.
                await connection.execute("select pos from log_head for update")
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                async for row in connection.cursor(statement("anchored"), list(units), at, prefetch=PAGE):
                    written = found.setdefault(row["unit"], _Written(Ends()))
                    written.ends.add(row["stream"], row["head"])
                    written.events += row["events"]
        return found

    async def _append(self, unit: str, written: _Written, at: datetime, day: date, why: str) -> Anchored:
        signed = sign_anchor(self._keys[unit].anchor, unit, day, written.ends, written.events)

        def decide(_: Loaded[Record] | None) -> Decided:
            return Decided([signed], at)

        command = command_id(unit, f"anchor {why}")
        done = await self._commands.perform(Order(f"anchor/{unit}", unit, ACTOR, command, None, self._topic, decide))
        anchor = done.loaded.state.events[-1]
        assert isinstance(anchor, AnchorPublished)
        return Anchored(unit, anchor, done.loaded.pos)


def _day_over(now: datetime) -> tuple[date, datetime]:
    """The last local day that is over by AFTER_MIDNIGHT, and when the next one will be."""
    today = local_day(now - AFTER_MIDNIGHT)
    next_midnight = datetime.combine(today + timedelta(days=1), datetime.min.time(), SHANGHAI)
    return today - timedelta(days=1), next_midnight.astimezone(UTC) + AFTER_MIDNIGHT


async def _nothing_sealed(stream: str) -> bytes:
    raise LookupError(f"{stream} has no sealed fields")
