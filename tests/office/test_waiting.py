"""What is asked about a case waits for its holder until the chain has the answer, wherever the case goes meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.case import (
    CaseReceived,
    CaseReferred,
    CaseWithdrawn,
    CustodyAssumed,
    Material,
    ReferralAcknowledged,
    RequestDeclined,
)
from contracts.fields import Plain
from contracts.requests import SupervisionAnswerSubmitted, SupplementSubmitted, UrgingRequested, WithdrawalRequested
from services.casework.answering import answer_by, answer_light
from services.casework.book import Book
from services.casework.limits import Light
from services.office import waiting_check, worklist
from services.office.case_fold import CaseFold
from services.office.case_view import CaseView
from services.office.service import OFFICE_MIGRATIONS
from services.office.waiting import Requested, about
from services.office.worklist import InboxFilter
from services.runtime.database import MIGRATIONS, connect, migrate
from services.runtime.log import Log
from services.runtime.projector import Projector
from services.runtime.streams import Streams
from services.runtime.tide import Tide
from tests.portal.histories import CITY, DISTRICT, TOWNSHIP, History, beside, minutes

NUMBER = f"{TOWNSHIP}-20261119-0042"
ID, SECOND = "a" * 32, "b" * 32
BOOK = Book()
FRIDAY = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


class Desk:
    """An office's log, filled by hand, and what it makes of it."""

    def __init__(self, log: Log, requested: Requested, projector: Projector[Any]) -> None:
        self.log = log
        self._requested = requested
        self._projector = projector

    async def add(self, history: History) -> None:
        await self.log.append(history.draft())

    async def asked(self, request: str, event: Any, unit: str = "portal") -> None:
        await self.log.append(beside(f"request/{request}", unit, event))

    async def waits(self, unit: str, **query: Any) -> dict[str, Any]:
        """The page of this unit, after all that is in the log."""
        while await self._requested.step():
            pass
        while await self._projector.step():
            pass
        wanted = InboxFilter(which="requested", **query)
        return await worklist.requested(self.log.pool, unit, wanted, BOOK, FRIDAY)

    async def ids(self, unit: str) -> list[str]:
        page = await self.waits(unit)
        assert await waiting_check.differences(self.log.pool) == []
        return [one["request"]["request"] for one in page["cases"]]


@asynccontextmanager
async def desk(database: str) -> AsyncIterator[Desk]:
    pool = await connect(database, size=4)
    async with pool.acquire() as connection:
        await migrate(connection, (MIGRATIONS, OFFICE_MIGRATIONS))
    tide = Tide()
    log = Log(pool, tide)
    log.open()
    flushing = asyncio.create_task(log.run())
    try:
        yield Desk(log, Requested(pool, tide, Streams(pool, CaseFold())), Projector(pool, tide, CaseView()))
    finally:
        flushing.cancel()
        await asyncio.gather(flushing, return_exceptions=True)
        await pool.close()


@pytest.fixture
async def here(database: str) -> AsyncIterator[Desk]:
    async with desk(database) as made:
        yield made


def received() -> History:
    receipt = CaseReceived(item="business-licence", item_version=1, channel="window", applicant=Plain("x"))
    return History(NUMBER).write(TOWNSHIP, receipt, minutes(0))


def withdrawal(case: str = NUMBER) -> WithdrawalRequested:
    return WithdrawalRequested(case=case, epoch=0, term=0)


async def test_a_request_waits_for_the_holder_and_moves_with_the_case(here: Desk) -> None:
    case = received()
    await here.add(case)
    await here.asked(ID, withdrawal())
    assert await here.ids(TOWNSHIP) == [ID]
    await here.add(case.write(TOWNSHIP, CaseReferred(to=DISTRICT, referral="forward_up", reason="r"), minutes(1)))
    assert (await here.ids(TOWNSHIP), await here.ids(DISTRICT)) == ([], [ID])
    case.arrives().write(DISTRICT, ReferralAcknowledged(person="clerk-2"), minutes(3))
    await here.add(case.write(DISTRICT, CaseWithdrawn(request=ID), minutes(4)))
    assert await here.ids(DISTRICT) == []
    (known,) = await about(here.log.pool, [NUMBER])
    assert (known.holder, known.waits) == (DISTRICT, False)


async def test_a_request_that_is_here_before_its_case_waits_as_soon_as_the_case_comes(here: Desk) -> None:
    await here.asked(ID, withdrawal())
    assert await here.ids(TOWNSHIP) == []
    await here.add(received())
    assert await here.ids(TOWNSHIP) == [ID]


async def test_an_answer_that_an_assumed_custody_beat_is_none(here: Desk) -> None:
    case = received()
    await here.add(case)
    city = replace(case, rows=list(case.rows))
    await here.asked(ID, withdrawal())
    declined = RequestDeclined(request=ID, asked="withdraw", ground="not_meant")
    await here.add(case.write(TOWNSHIP, declined, minutes(2)))
    assert await here.ids(TOWNSHIP) == []
    # The answer is beaten, as the replica does it, and the city's chain goes on without it.
    await here.log.pool.execute("update log set live = false where hash = $1", case.rows[-1].hash)
    city.write(CITY, CustodyAssumed(order="o-1", reason="stuck"), minutes(3))
    draft, other = city.draft(), b"c" * 32
    await here.log.append(replace(draft, command=other, rows=(draft.rows[0]._replace(command=other),)))
    assert await here.ids(CITY) == [ID]


async def test_a_page_says_what_is_asked_by_whom_and_how_long_it_has_waited(here: Desk) -> None:
    await here.add(received())
    photo = Material(kind="photo", sha256="cd" * 32, form="original")
    await here.asked(ID, SupplementSubmitted(case=NUMBER, epoch=0, term=0, materials=(photo,)))
    (entry,) = (await here.waits(TOWNSHIP))["cases"]
    assert (entry["number"], entry["holder"], entry["phase"]) == (NUMBER, TOWNSHIP, "received")
    assert entry["request"] == {
        "request": ID,
        "kind": "supplement",
        "by": "portal",
        "asked_at": "2026-11-19T01:00:00.000000Z",
        "last_day": "2026-11-20",
        "light": "amber",
        "said": {"materials": [photo.model_dump()]},
    }


async def test_pages_go_on_where_the_one_before_ended(here: Desk) -> None:
    await here.add(received())
    ids = [f"{n:032x}" for n in range(5)]
    for id_ in ids:
        await here.asked(id_, UrgingRequested(case=NUMBER, epoch=0, term=0, by="supervisor", level="red"), CITY)
    found: list[str] = []
    more: dict[str, Any] = {}
    while True:
        page = await here.waits(TOWNSHIP, limit=2, **more)
        found += [one["request"]["request"] for one in page["cases"]]
        if "next" not in page:
            break
        more = {"cursor": page["next"]}
    assert found == ids


async def test_what_no_chain_answers_waits_for_no_holder(here: Desk) -> None:
    await here.add(received())
    answer = Plain("已办")
    submitted = SupervisionAnswerSubmitted.model_construct(
        case=NUMBER, epoch=0, term=0, order=f"supervision/{SECOND}", answer=answer
    )
    sealed = submitted.model_copy(update={"answer": "v1." + "A" * 60})
    await here.asked(ID, SupervisionAnswerSubmitted.model_validate(sealed.model_dump()), DISTRICT)
    assert await here.ids(TOWNSHIP) == []


async def test_rows_that_were_lost_are_found_missing_and_made_anew(here: Desk) -> None:
    await here.add(received())
    await here.asked(ID, withdrawal())
    assert await here.ids(TOWNSHIP) == [ID]
    await here.log.pool.execute("update waiting set waits = false")
    assert await waiting_check.differences(here.log.pool) == [f"request/{ID}"]
    assert await waiting_check.rebuild(here.log.pool) == 1
    assert await here.ids(TOWNSHIP) == [ID]


def test_a_request_lights_up_on_the_working_day_after_it_and_turns_red_when_that_is_over() -> None:
    # Asked on Friday the 20th: the weekend does not count, Monday the 23rd is the day to answer.
    assert answer_by(FRIDAY, BOOK.calendar).isoformat() == "2026-11-23"

    def light(day: int, hour: int) -> Light:
        return answer_light(FRIDAY, BOOK.calendar, datetime(2026, 11, day, hour, tzinfo=UTC))

    assert light(22, 15) is Light.GREEN, "still Sunday in Shanghai"
    assert light(22, 16) is Light.AMBER
    assert light(23, 15) is Light.AMBER
    assert light(23, 16) is Light.RED
