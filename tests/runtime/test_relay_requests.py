"""Requests go to whoever is seen holding the case, again until its live chain has their id (protocol R1 to R3)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from contracts.case import CustodyAssumed, RequestDeclined, StepStarted
from contracts.inbox import ForwardedRequest
from contracts.requests import RecallRequested
from services.runtime.row import Row, write_row
from services.runtime.sealing import new_case_key
from tests.runtime.logs import MORNING, THERE, draft, number, rows
from tests.runtime.relays import CITY, Office, office, passing, reading, receive, referral, said, settled

CASE = number(1)
ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture
async def here(database: str, bootstrap: str, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(database, bootstrap, topic_prefix, tmp_path) as found:
        await found.make_topics()
        yield found


async def handed_over(here: Office) -> Row:
    """A case that THERE holds and has begun to work on, as the log here has it."""
    row = passing(await receive(here, CASE, new_case_key()), referral(THERE), THERE)
    await here.log.append(draft((row,), topic=here.feed))
    began = rows(CASE, [StepStarted(step="one")], row, unit=THERE)
    await here.log.append(draft(began, topic=None))
    return began[-1]


async def recall(here: Office) -> Row:
    asked = rows(f"request/{ID}", [RecallRequested(case=CASE, epoch=0, term=1, reason="wrong_item")])
    await here.log.append(draft(asked, topic=here.feed))
    return asked[0]


async def declined(here: Office, after: Row) -> Row:
    answer = RequestDeclined(request=ID, asked="recall", ground="too_late")
    written = rows(CASE, [answer], after, unit=after.holder, key="answer")
    await here.log.append(draft(written, topic=None))
    return written[-1]


async def test_a_request_reaches_the_holder_again_and_again_until_it_is_answered(here: Office) -> None:
    head = await handed_over(here)
    asked = await recall(here)
    async with here.relaying() as relay, reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        assert [r.value for r in await inbox.until(3)] == [asked.value] * 3
        await declined(here, head)
        assert await relay.acknowledged.reach(here.log.tide.pos, 10)
        await settled(here, "request")


async def test_a_request_follows_the_case_to_its_next_holder(here: Office) -> None:
    head = await handed_over(here)
    asked = await recall(here)
    async with here.relaying(), reading(here.link.bootstrap, here.host.topics.inbox("portal")) as other:
        # any unit will do as the next holder, and the portal's inbox is one that is here
        await here.log.append(draft((passing(head, referral("portal"), "portal"),), topic=None))
        async with asyncio.timeout(20):
            while asked.value not in [r.value for r in await other.now()]:
                pass


async def test_an_assumed_custody_opens_the_requests_of_its_case_again(here: Office) -> None:
    head = await handed_over(here)
    await recall(here)
    async with here.relaying() as relay, reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        await inbox.until(1)
        answer = await declined(here, head)
        await settled(here, "request")
        # the answer is beaten, as the replica does it
        await here.pool.execute("update log set live = false where hash = $1", answer.hash)
        assumed = write_row(
            CustodyAssumed(order="o-1", reason="stuck"), stream=CASE, seq=head.seq + 1, epoch=1, term=0, unit=CITY,
            holder=CITY, actor="A01", time=MORNING, recorded=MORNING, command=sha256(b"assumed").digest(),
            prev=head.hash,
        )  # fmt: skip
        await here.log.append(replace(draft((assumed,), topic=None), unit=CITY))
        assert await relay.acknowledged.reach(here.log.tide.pos, 10)
        async with asyncio.timeout(20):
            while here.host.topics.inbox(CITY) not in relay.status.held:
                await relay.acknowledged.past(10_000, 0.05)
        due = await here.pool.fetch("select stream from relay_due where kind = 'request'")
        assert [r["stream"] for r in due] == [f"request/{ID}"]


async def test_a_request_that_reached_the_wrong_unit_is_forwarded_with_its_hops(here: Office) -> None:
    await handed_over(here)
    asked = await recall(here)
    async with here.relaying() as relay, reading(here.link.bootstrap, here.host.topics.inbox("portal")) as inbox:
        await relay.forward(asked.stream, asked.value, "portal", 2)
        async with asyncio.timeout(20):
            while not (found := [m for m in said(await inbox.now()) if isinstance(m, ForwardedRequest)]):
                await relay.acknowledged.past(10_000, 0.05)
        assert (found[0].record.encode(), found[0].hops, found[0].case) == (asked.value, 2, CASE)


async def test_the_city_publishes_what_its_assumed_custody_stands_on_before_it(
    database: str, bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    async with office(database, bootstrap, topic_prefix, tmp_path, own=(CITY,)) as city:
        await city.make_topics()
        copied = rows(CASE, [StepStarted(step="one"), StepStarted(step="two")])
        await city.log.append(draft(copied, topic=None))
        assumed = write_row(
            CustodyAssumed(order="o-1", reason="stuck"), stream=CASE, seq=3, epoch=1, term=0, unit=CITY, holder=CITY,
            actor="A01", time=MORNING, recorded=MORNING, command=sha256(b"assumed").digest(), prev=copied[-1].hash,
        )  # fmt: skip
        await city.log.append(replace(draft((assumed,), topic=city.feed), unit=CITY))
        async with city.relaying() as relay, reading(bootstrap, city.feed) as feed:
            assert await relay.acknowledged.reach(3, 20)
            assert [r.value for r in await feed.now()] == [r.value for r in (*copied, assumed)]
