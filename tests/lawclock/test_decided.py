"""What is counted of decided cases: whose, how, in time or too late, before and since a day."""

import asyncio
from datetime import date
from pathlib import Path

import pytest

from contracts.reference import CalendarAmended, DayMark, DelegationGranted
from services.office.bodies import Decide
from services.office.deadline_check import differences, rebuild
from services.office.decided import Count, counts
from services.office.recomputing import Recomputing
from services.runtime.metrics import Metrics
from services.runtime.tokens import Actor
from tests.casework.dated import instant
from tests.casework.notices import published
from tests.lawclock.office import KEYS, Office, office
from tests.lawclock.test_recomputing import moved
from tests.office.story import LICENCE, TOWNSHIP
from tests.runtime.logs import running

BODY = f"{TOWNSHIP}.market"
CHIEF = Actor("C01", TOWNSHIP, "market", frozenset({"chief_representative"}))
GRANT = DelegationGranted(
    unit=TOWNSHIP,
    department="market",
    person=CHIEF.subject,
    items=(LICENCE,),
    powers=("decide_on_the_spot",),
    document="grant-2026-1",
    valid_from=date(2026, 3, 2),
    valid_to=date(2026, 12, 31),
)

FLOOD = CalendarAmended(
    calendar_version="2026.2", marks=(DayMark(day=date(2026, 3, 6), work=False, name="flood"),), reason="flood"
)


async def decide(here: Office, number: str, by: Actor) -> None:
    body = Decide(outcome="granted")
    await here.acts.perform("decide", number, by, f"k{next(KEYS)}", None, body)
    await here.seen()


async def since(here: Office, day: date | None) -> tuple[Count, Count]:
    return (await counts(here.log.pool, {BODY: day, "349999.nobody": None})).get(BODY, (Count(), Count()))


async def test_decisions_are_counted_before_and_since_the_sign_was_hung_out(database: str, tmp_path: Path) -> None:
    # The office promises five working days: accepted on Monday 2 March, 9 March is the last one.
    async with office(database, tmp_path, "2026-03-02 09:00") as here:
        await here.publish("delegation/g-1", GRANT)
        late, timely, at_once, open_one = [await here.receive() for _ in range(4)]
        for number in (late, timely, at_once, open_one):
            await here.act(number, "accept")
        here.hands.at = instant("2026-03-04 10:00")
        await here.act(timely, "decide", outcome="granted")
        here.hands.at = instant("2026-03-09 23:00")
        await decide(here, at_once, CHIEF)
        await here.act(at_once, "conclude", outcome="issued", on_the_spot=True)
        here.hands.at = instant("2026-03-10 00:00")
        await here.act(late, "decide", outcome="granted")
        sign = date(2026, 3, 9)
        assert await since(here, sign) == (Count(1), Count(2, under_grant=1, on_the_spot=1, overdue=1))
        assert await since(here, None) == (Count(3, 1, 1, 1), Count())
        assert await since(here, date(2026, 3, 11)) == (Count(3, 1, 1, 1), Count())
        assert await differences(here.log.pool) == []


async def test_a_case_that_is_opened_again_counts_when_it_is_decided_again(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path, "2026-03-02 09:00") as here:
        number = await here.receive()
        for name, body in (("accept", {}), ("decide", {"outcome": "granted"}), ("conclude", {"outcome": "issued"})):
            await here.act(number, name, **body)
        assert await since(here, None) == (Count(1), Count())
        await here.act(number, "reopen", ground="court", document="D-1")
        assert await since(here, None) == (Count(), Count())
        await here.act(number, "decide", outcome="denied", reason="law", remedies=("administrative_reconsideration",))
        assert await since(here, None) == (Count(1), Count())
        assert await differences(here.log.pool) == []


async def late_by_the_calendar_of_before(here: Office, *, cases: int) -> None:
    """So many cases decided a day too late, one in time, and a calendar amended so that the late ones were in time. All
    are delivered: no limit runs in them any more."""
    timely, *late = [await here.receive() for _ in range(cases + 1)]
    for number in (timely, *late):
        await here.act(number, "accept")
    await here.act(timely, "decide", outcome="granted")
    here.hands.at = instant("2026-03-10 10:00")
    for number in late:
        await here.act(number, "decide", outcome="granted")
    for number in (timely, *late):
        await here.act(number, "conclude", outcome="issued")
        await here.act(number, "deliver", how="window")
    await moved(here)
    assert await since(here, None) == (Count(cases + 1, overdue=cases), Count())
    # The 6th does not count any more, so the 10th is the fifth day.
    await here.amend("calendar/2026", published(2026), FLOOD)


async def recounted(here: Office) -> tuple[int, int]:
    """How many decided cases the newest change of the calendar has counted again, and of how many."""
    row = await here.log.pool.fetchrow("select recounted, recount_total from recompute order by pos desc limit 1")
    assert row is not None
    return row["recounted"], row["recount_total"]


async def test_a_calendar_amended_for_days_gone_by_is_counted_by_again(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path, "2026-03-02 09:00") as here:
        await late_by_the_calendar_of_before(here, cases=1)
        await moved(here)
        assert await since(here, None) == (Count(2), Count())
        # The one decided on the 2nd is before the first day that changed.
        assert await recounted(here) == (1, 1)
        assert await differences(here.log.pool) == []


async def test_a_recount_that_is_cut_short_goes_on_where_it_ended_and_says_how_many_are_left(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.office.recomputing.PAGE", 2)
    async with office(database, tmp_path, "2026-03-02 09:00") as here:
        await late_by_the_calendar_of_before(here, cases=5)
        await here.log.pool.execute(
            "create sequence crashes; create function crash() returns trigger language plpgsql as "
            "$$ begin raise exception 'killed here, for the % time', nextval('crashes'); end $$;"
            "create trigger crash before update on recompute for each row "
            "when (old.recounted > 0 and new.recounted > old.recounted) execute function crash()"
        )
        metrics = Metrics("township")
        here.recomputing.measure(metrics)
        killed = asyncio.create_task(here.recomputing.run())
        while not await here.log.pool.fetchval("select is_called from crashes"):
            await here.log.tide.past(here.log.tide.pos, 0.02)
        killed.cancel()
        await asyncio.wait([killed])
        # The page that was killed left neither rows nor counts nor progress.
        assert await recounted(here) == (2, 5)
        assert b'sanji_recount_left{service="township"} 3.0' in metrics.text()
        assert await since(here, None) == (Count(6, overdue=3), Count())
        await here.log.pool.execute("drop trigger crash on recompute")
        here.recomputing = Recomputing(here.log.pool, here.keeper, here.deadlines, here.law)
        await moved(here)
        assert (await recounted(here), here.recomputing.to_recount) == ((5, 5), 0)
        assert await since(here, None) == (Count(6), Count())
        assert await differences(here.log.pool) == []


async def test_two_copies_and_a_page_that_is_done_twice_count_every_decision_once(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.office.recomputing.PAGE", 1)
    async with office(database, tmp_path, "2026-03-02 09:00") as here:
        await late_by_the_calendar_of_before(here, cases=4)
        copy = Recomputing(here.log.pool, here.keeper, here.deadlines, here.law)
        async with running(copy):
            await moved(here)
        assert await recounted(here) == (4, 4)
        assert await since(here, None) == (Count(5), Count())
        await here.log.pool.execute("update recompute set done = null, recount_upto = '', recount_day = '2026-03-06'")
        await moved(here)
        assert await since(here, None) == (Count(5), Count())
        assert await differences(here.log.pool) == []


async def test_rows_and_counts_are_made_anew_from_the_log_and_meanwhile_it_is_said_how_far(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office(database, tmp_path, "2026-03-02 09:00") as here:
        number = await here.receive()
        await here.act(number, "accept")
        await here.act(number, "decide", outcome="granted")
        decided = here.log.tide.pos
        await here.receive()
        await here.log.pool.execute("update decided set overdue = true")
        assert await differences(here.log.pool) != []
        assert here.deadlines.shown.building is None
        await rebuild(here.log.pool)
        monkeypatch.setattr("services.office.deadlines.PAGE", 1)
        await here.deadlines.step()
        assert here.deadlines.shown.building == (decided, here.deadlines.shown.pos)
        await here.seen()
        assert here.deadlines.shown.building is None
        assert await differences(here.log.pool) == []
        assert await since(here, None) == (Count(1), Count())
