"""The orderer's service writes the answer to its order by itself, once, whatever comes by inbox."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contracts.fields import Plain
from contracts.requests import SupervisionAnswerSubmitted
from contracts.supervision import SupervisionAnswered, SupervisionOrdered
from services.office.reactions import Requests
from services.runtime.row import Draft
from services.runtime.sealed_events import open_event, seal_event
from services.runtime.tide import Tide
from tests.lawclock.office import Office, office
from tests.office.story import CITY, DISTRICT, TOWNSHIP, VILLAGE
from tests.runtime.logs import FEED, rows

ORDER, ABOVE, NOWHERE = (f"supervision/{digit * 32}" for digit in "012")


@dataclass(slots=True)
class Orderer:
    """A township that ordered a point of its own to account for `number`; the district ordered it to do so too."""

    here: Office
    requests: Requests
    number: str
    key: bytes
    forwarded: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])

    async def answers(self, id_: str, unit: str, order: str, case: str = "") -> None:
        """Such a request comes by inbox, and is looked at."""
        stream = f"request/{id_ * 32}"
        said = SupervisionAnswerSubmitted(case=case or self.number, epoch=0, term=0, order=order, answer=Plain("done"))
        pool = self.here.log.pool
        if await pool.fetchval("select count(*) from log where stream = $1", stream) == 0:
            await copied(self.here, stream, unit, seal_event(said, self.key, stream, 1))
        await pool.execute("insert into request_arrival (stream, hops) values ($1, 1)", stream)
        while await self.requests.step():
            pass

    async def written(self) -> list[SupervisionOrdered | SupervisionAnswered]:
        events = await self.here.events(ORDER)
        return [open_event(event, self.key, ORDER, seq) for seq, event in enumerate(events, 1)]  # type: ignore[misc]


async def copied(here: Office, stream: str, unit: str, event: SupervisionOrdered | SupervisionAnswerSubmitted) -> None:
    written = rows(stream, [event], unit=unit)
    await here.log.append(Draft(stream, None, unit, written[0].command, None, None, written))


@pytest.fixture
async def orderer(database: str, tmp_path: Path) -> AsyncIterator[Orderer]:
    async with office(database, tmp_path, "2026-03-02 09:00") as here:
        number = await here.receive()
        for stream, unit, to in ((ORDER, TOWNSHIP, VILLAGE), (ABOVE, DISTRICT, TOWNSHIP)):
            await copied(here, stream, unit, SupervisionOrdered(case=number, to=to, reason="overdue", days=3))
        forwarded: list[tuple[str, int]] = []

        async def forward(stream: str, record: bytes, to: str, hops: int) -> None:
            forwarded.append((to, hops))

        pool, own = here.log.pool, frozenset({TOWNSHIP})
        requests = Requests(pool, Tide(), here.cases, own, FEED, forward, here.hands)
        yield Orderer(here, requests, number, await here.cases.case_key(number), forwarded)


async def test_the_answer_is_written_once_sealed_anew_for_its_own_place(orderer: Orderer) -> None:
    for _ in range(3):
        await orderer.answers("a", VILLAGE, ORDER)
    await orderer.answers("b", VILLAGE, ORDER)
    _, *answers = await orderer.written()
    assert answers == [SupervisionAnswered(request="a" * 32, answer=Plain("done"))]


async def test_what_is_no_answer_of_the_ordered_unit_to_an_order_given_here_is_passed_over(orderer: Orderer) -> None:
    await orderer.answers("a", CITY, ORDER)
    await orderer.answers("b", VILLAGE, ORDER, case=f"{VILLAGE}-20260302-0001")
    await orderer.answers("c", VILLAGE, NOWHERE)
    await orderer.answers("d", VILLAGE, orderer.number)
    assert len(await orderer.written()) == 1
    assert orderer.forwarded == []


async def test_an_answer_to_the_order_of_another_unit_is_forwarded_to_it(orderer: Orderer) -> None:
    await orderer.answers("a", TOWNSHIP, ABOVE)
    assert orderer.forwarded == [(DISTRICT, 2)]
    assert len(await orderer.here.events(ABOVE)) == 1
