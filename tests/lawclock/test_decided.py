"""What is counted of decided cases: whose, how, in time or too late, before and since a day."""

from datetime import date
from pathlib import Path

from contracts.reference import CalendarAmended, DayMark, DelegationGranted
from services.office.bodies import Decide
from services.office.deadline_check import differences, rebuild
from services.office.decided import Count, counts
from services.runtime.tokens import Actor
from tests.casework.dated import instant
from tests.casework.notices import published
from tests.lawclock.office import KEYS, Office, office
from tests.lawclock.test_recomputing import moved
from tests.office.story import LICENCE, TOWNSHIP

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


async def decide(here: Office, number: str, by: Actor) -> None:
    body = Decide(outcome="granted")
    await here.cases.act("decide", number, by, f"k{next(KEYS)}", None, body)
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


async def test_a_calendar_amended_for_days_gone_by_is_counted_by_again(database: str, tmp_path: Path) -> None:
    flood = CalendarAmended(
        calendar_version="2026.2", marks=(DayMark(day=date(2026, 3, 6), work=False, name="flood"),), reason="flood"
    )
    async with office(database, tmp_path, "2026-03-02 09:00") as here:
        before, late = await here.receive(), await here.receive()
        for number in (before, late):
            await here.act(number, "accept")
        await here.act(before, "decide", outcome="granted")
        here.hands.at = instant("2026-03-10 10:00")
        await here.act(late, "decide", outcome="granted")
        assert await since(here, None) == (Count(2, overdue=1), Count())
        await here.amend("calendar/2026", published(2026), flood)
        await moved(here)
        # The 6th does not count any more, so the 10th is the fifth day.
        assert await since(here, None) == (Count(2), Count())
        assert await differences(here.log.pool) == []


async def test_rows_and_counts_are_made_anew_from_the_log(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path, "2026-03-02 09:00") as here:
        number = await here.receive()
        await here.act(number, "accept")
        await here.act(number, "decide", outcome="granted")
        await here.log.pool.execute("update decided set overdue = true")
        assert await differences(here.log.pool) != []
        await rebuild(here.log.pool)
        await here.seen()
        assert await differences(here.log.pool) == []
        assert await since(here, None) == (Count(1), Count())
