"""A supervision order reaches the unit it is given to, and its answer the unit that gave it (protocol R1 to R3)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.events import Event
from contracts.fields import Plain
from contracts.inbox import Key
from contracts.requests import SupervisionAnswerSubmitted
from contracts.supervision import SupervisionAnswered, SupervisionOrdered
from services.runtime import base64url
from services.runtime.row import Row
from services.runtime.sealed_events import seal_event
from services.runtime.sealing import Secret, new_case_key, open_for_unit
from tests.journeys.waiting import until
from tests.runtime.logs import HERE, THERE, draft, number, rows
from tests.runtime.relays import Office, office, reading, receive, said, settled

CASE = number(1)
KEY = new_case_key()
ORDER = "supervision/0123456789abcdef0123456789abcdef"
ID = "fedcba9876543210fedcba9876543210"


@pytest.fixture
async def here(database: str, bootstrap: str, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(database, bootstrap, topic_prefix, tmp_path) as found:
        await found.make_topics()
        yield found


async def writes(here: Office, stream: str, event: Event, after: Row | None = None, unit: str = HERE) -> Row:
    """By a unit here it is published; by another it is a copy."""
    sealed = seal_event(event, KEY, stream, after.seq + 1 if after else 1)
    (row,) = rows(stream, [sealed], after, unit=unit)
    await here.log.append(replace(draft((row,), topic=here.feed if unit == HERE else None), unit=unit))
    return row


def ordered(to: str) -> SupervisionOrdered:
    return SupervisionOrdered(case=CASE, to=to, reason="overdue", days=3)


async def answered(here: Office, after: Row, unit: str = HERE) -> Row:
    return await writes(here, ORDER, SupervisionAnswered(request=ID, answer=Plain("!")), after, unit)


async def test_an_order_is_sent_again_until_it_is_answered_and_then_once_with_its_answer(here: Office) -> None:
    order = await writes(here, ORDER, ordered(THERE))
    async with here.relaying(), reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        assert [r.value for r in await inbox.until(3)] == [order.value] * 3
        answer = await answered(here, order)
        await settled(here, "order")
        values = [r.value for r in await inbox.now()]
        assert values[-2:] == [order.value, answer.value]
        assert values.count(answer.value) == 1


async def test_an_order_that_was_answered_before_it_was_ever_sent_goes_with_its_answer(here: Office) -> None:
    # So it is after Kafka was replaced, and after a restored database read back what it had said.
    order = await writes(here, ORDER, ordered(THERE))
    answer = await answered(here, order)
    async with here.relaying() as relay, reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        assert await relay.acknowledged.reach(here.log.tide.pos, 10)
        assert [r.value for r in await inbox.until(2)] == [order.value, answer.value]
        await settled(here, "order")
        assert len(await inbox.now()) == 2


async def test_an_order_to_a_unit_in_the_same_house_needs_no_letter(here: Office) -> None:
    await writes(here, ORDER, ordered(HERE))
    async with here.relaying() as relay:
        assert await relay.acknowledged.reach(here.log.tide.pos, 10)
        await settled(here, "order")


async def test_the_answer_goes_to_who_gave_the_order_whoever_holds_the_case_and_the_key_before_it(here: Office) -> None:
    await receive(here, CASE, KEY)
    order = await writes(here, ORDER, ordered(HERE), unit=THERE)
    submitted = SupervisionAnswerSubmitted(case=CASE, epoch=0, term=0, order=ORDER, answer=Plain("!"))
    request = await writes(here, f"request/{ID}", submitted)
    async with here.relaying(), reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        records = await inbox.until(4)
        assert [r.value for r in records[1:4:2]] == [request.value] * 2, "again, until it is answered"
        key = said(records)[0]
        assert isinstance(key, Key)
        assert (key.source, key.case, key.to) == (HERE, CASE, THERE)
        sealed = base64url.decode(key.sealed_key)
        assert open_for_unit(sealed, here.keys[THERE].sealing, THERE, CASE, Secret.CASE_KEY) == KEY
        await answered(here, order, THERE)
        await settled(here, "request")


async def test_an_answer_waits_for_its_order_to_be_here(here: Office) -> None:
    # A restored service has read back its own request, and not the order yet.
    submitted = SupervisionAnswerSubmitted(case=CASE, epoch=0, term=0, order=ORDER, answer=Plain("!"))
    await writes(here, f"request/{ID}", submitted)
    async with here.relaying() as relay, reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        assert await relay.acknowledged.reach(here.log.tide.pos, 10)
        due = "select count(*) from relay_due where kind = 'request' and due > now()"
        await until(lambda: here.pool.fetchval(due), lambda waiting: waiting == 1)
        assert await inbox.now() == []
