"""Daily anchors on a real log, checked by `sanji verify`, which shares no code with them."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.case import CaseReceived, StepStarted
from contracts.fields import Ciphertext
from contracts.reference import UnitOpened
from services.cli.verify.anchors import Anchors as Anchored
from services.cli.verify.chain import Chain, check
from services.office.anchors import AFTER_MIDNIGHT, Anchors, Clock, _day_over
from services.runtime.keys import make_unit_keys, public_keys
from services.runtime.log import Log
from tests.runtime.logs import FEED, HERE, THERE, draft, number, rows, writing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

EVENING = datetime(2026, 11, 22, 15, 59, 50, tzinfo=UTC)
"""Ten seconds before midnight in the office."""
RECEIPT = CaseReceived(
    item="birth", item_version=1, channel="window", applicant=Ciphertext("v1." + "A" * 40), materials=()
)


class Office:
    """Two units that write, and the clock on their wall."""

    def __init__(self, log: Log, folder: Path) -> None:
        self.time, self.log = EVENING, log
        self.clock = Clock(lambda: self.time)
        self.keys = {unit: make_unit_keys(folder, unit) for unit in (HERE, THERE)}
        self.anchors = Anchors(log.pool, log, self.keys, FEED, self.clock)

    async def receives(self, n: int, unit: str = HERE) -> None:
        told = [RECEIPT, StepStarted(step="look")]
        await self.log.append(draft(rows(number(n, unit), told, unit=unit, at=self.clock())))

    async def opens_units(self) -> None:
        for unit, keys in self.keys.items():
            public = public_keys(keys)
            opened = UnitOpened(
                code=unit,
                name="站",
                tier="township",
                parent="340405",
                sealing_key=public.sealing,
                anchor_key=public.anchor,
            )
            await self.log.append(draft(rows(f"unit/{unit}", [opened], unit="340400", at=self.clock())))

    async def verified(self, without: str = "") -> tuple[int, list[str]]:
        """How many anchors there are, and what `sanji verify` finds; the last record of `without` is cut away."""
        found: dict[str, list[bytes]] = {}
        for row in await self.log.pool.fetch("select stream, value from log where live order by stream, seq"):
            found.setdefault(row["stream"], []).append(row["value"])
        chains: list[Chain] = [check(s, lines[:-1] if s == without else lines) for s, lines in found.items()]
        anchors = Anchored(line for stream, lines in found.items() if stream.startswith("anchor/") for line in lines)
        for chain in chains:
            anchors.add(chain)
        count, findings = anchors.findings()
        return count, [finding.code for finding in findings]


@asynccontextmanager
async def office(database: str, folder: Path) -> "AsyncIterator[Office]":
    async with writing(database) as log:
        here = Office(log, folder / "keys")
        await here.opens_units()
        yield here


async def test_an_anchor_published_now_covers_what_its_unit_wrote_and_finds_a_cut_tail(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path) as here:
        await here.receives(1)
        await here.receives(2)
        await here.receives(3, THERE)
        here.time += timedelta(seconds=1)
        done = await here.anchors.now("first")
        assert [(one.unit, one.anchor.chains, one.anchor.events) for one in done] == [(HERE, 2, 4), (THERE, 1, 2)]
        await here.receives(4)
        here.time += timedelta(seconds=1)
        await here.anchors.now("second")
        assert await here.verified() == (4, [])
        assert await here.verified(without=number(2)) == (4, ["anchor_differs"] * 2)


async def test_the_same_key_gives_the_first_anchors_again(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path) as here:
        await here.receives(1)
        here.time += timedelta(seconds=1)
        first = await here.anchors.now("once")
        await here.receives(2)
        here.time += timedelta(seconds=1)
        assert await here.anchors.now("once") == first
        assert await here.verified() == (1, [])


async def test_a_day_is_anchored_once_when_it_is_over_however_late_the_service_starts(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path) as here:
        await here.receives(1)
        here.time += timedelta(days=3)
        await here.receives(2)
        day, _ = _day_over(here.time)
        (anchored,) = await here.anchors.end_of(day)
        assert (anchored.anchor.day.isoformat(), anchored.anchor.chains) == ("2026-11-24", 1)
        assert await here.anchors.end_of(day) == []
        again = Anchors(here.log.pool, here.log, here.keys, FEED, here.clock)
        assert await again.end_of(day) == []
        assert await here.verified() == (1, [])


async def test_a_clock_set_back_makes_no_anchor_wrong(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path) as here:
        await here.receives(1)
        here.time += timedelta(seconds=1)
        await here.anchors.now("first")
        here.time -= timedelta(hours=2)
        await here.receives(2)
        assert await here.verified() == (1, [])
        restarted = Office(here.log, tmp_path / "others")
        restarted.keys, restarted.time = here.keys, here.time
        restarted.anchors = Anchors(here.log.pool, here.log, here.keys, FEED, restarted.clock)
        await restarted.anchors.begin()
        await restarted.receives(3)
        assert await here.verified() == (1, [])


async def test_what_waits_to_be_written_when_the_time_is_chosen_is_let_in_first(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path) as here:
        late = [asyncio.ensure_future(here.receives(n)) for n in range(1, 200)]
        await asyncio.sleep(0)
        here.time += timedelta(seconds=1)
        (anchored,) = await here.anchors.now("busy")
        assert anchored.anchor.events == 2 * len(late)
        await asyncio.gather(*late)
        assert await here.verified() == (1, [])


def test_a_day_of_the_office_ends_at_midnight_in_huainan() -> None:
    midnight = datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert _day_over(midnight)[0].isoformat() == "2026-11-21"
    over, due = _day_over(midnight + AFTER_MIDNIGHT)
    assert (over.isoformat(), due) == ("2026-11-22", midnight + timedelta(days=1) + AFTER_MIDNIGHT)
