"""A unit of another service that is asked about a case gets it with its key, again until it is not waited for (I4)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.case import CaseDecided, CaseWithdrawn, ConsultationAnswered, ConsultationOpened, StepStarted
from contracts.case.base import CaseFact
from contracts.fields import Plain
from contracts.inbox import Handover
from services.runtime import base64url
from services.runtime.row import Row
from services.runtime.sealed_events import seal_event
from services.runtime.sealing import Secret, new_case_key, open_for_unit
from tests.runtime.logs import HERE, THERE, draft, number, rows
from tests.runtime.relays import Office, office, reading, receive, said, settled

CASE = number(1)
KEY = new_case_key()


@pytest.fixture
async def here(database: str, bootstrap: str, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(database, bootstrap, topic_prefix, tmp_path) as found:
        await found.make_topics()
        yield found


async def writes(here: Office, after: Row, event: CaseFact, key: str = "") -> Row:
    sealed = seal_event(event, KEY, CASE, after.seq + 1)
    written = rows(CASE, [sealed], after, key=key)
    await here.log.append(draft(written, topic=here.feed))
    return written[-1]


async def asks(here: Office, unit: str | None = THERE) -> Row:
    opened = ConsultationOpened(consultation="C-1", department="fire", question=Plain("?"), days=7, unit=unit)
    return await writes(here, await receive(here, CASE, KEY), opened)


async def test_the_asked_unit_gets_the_chain_and_the_key_and_custody_stays(here: Office) -> None:
    opened = await asks(here)
    async with here.relaying(), reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        records = await inbox.until(3)
        kept = await here.pool.fetch("select value from log where stream = $1 order by seq", CASE)
        assert [r.value for r in records[:2]] == [r["value"] for r in kept]
        handover = said(records)[2]
        assert isinstance(handover, Handover)
        assert (handover.source, handover.to, handover.head) == (HERE, THERE, opened.hash.hex())
        assert handover.sealed_key is not None
        sealed = base64url.decode(handover.sealed_key)
        assert open_for_unit(sealed, here.keys[THERE].sealing, THERE, CASE, Secret.CASE_KEY) == KEY


async def test_it_is_sent_again_with_what_was_written_since_until_the_answer_is_there(here: Office) -> None:
    opened = await asks(here)
    async with here.relaying(), reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        await inbox.until(3)
        step = await writes(here, opened, StepStarted(step="one"))
        while step.value not in {record.value for record in inbox.records}:
            await inbox.until(len(inbox.records) + 1)
        await writes(here, step, ConsultationAnswered(consultation="C-1", answer=Plain("!"), request="0" * 32))
        await settled(here, "consultation")


@pytest.mark.parametrize("end", [CaseDecided(outcome="granted"), CaseWithdrawn()])
async def test_nobody_is_told_of_a_question_that_is_not_waited_for_any_more(here: Office, end: CaseFact) -> None:
    await writes(here, await asks(here), end)
    async with here.relaying() as relay, reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        assert await relay.acknowledged.reach(here.log.tide.pos, 10)
        await settled(here, "consultation")
        assert await inbox.now() == []


async def test_a_department_in_the_same_house_needs_no_letter(here: Office) -> None:
    await asks(here, None)
    async with here.relaying() as relay:
        assert await relay.acknowledged.reach(here.log.tide.pos, 10)
        assert await here.pool.fetchval("select count(*) from relay_due where kind = 'consultation'") == 0
