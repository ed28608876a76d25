"""What the relay puts into inboxes: the whole chain, then the handover, again until somebody wrote after it."""

import asyncio
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest

from contracts.case import HandoverArrived
from contracts.envelope import Envelope
from contracts.inbox import Handover
from services.runtime import base64url
from services.runtime.kafka_topics import ensure_topics, inboxes
from services.runtime.row import Row
from services.runtime.sealing import Secret, new_case_key, open_for_unit
from services.runtime.vault import Held
from tests.journeys.waiting import until
from tests.runtime.logs import HERE, THERE, draft, number, rows, steps
from tests.runtime.relays import Office, office, passing, reading, receive, referral, said, settled

ELSEWHERE = "340405103"
CASE = number(1)


@pytest.fixture
async def here(database: str, bootstrap: str, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(database, bootstrap, topic_prefix, tmp_path) as found:
        await found.make_topics()
        yield found


async def refer(here: Office, after: Row, to: str = THERE) -> Row:
    row = passing(after, referral(to), to)
    await here.log.append(draft((row,), topic=here.feed))
    return row


async def worked_on(here: Office, stream: str, key: bytes) -> Row:
    """Received and two steps."""
    first = await receive(here, stream, key)
    two = steps(stream, 2, first)
    await here.log.append(draft(two.rows, topic=here.feed))
    return two.rows[-1]


async def arrived(here: Office, handover: Row) -> None:
    """The copy of what the new holder wrote, as the replica inserts it."""
    written = rows(
        handover.stream, [HandoverArrived(handover=handover.hash.hex())], handover, unit=handover.holder, key="arrived"
    )
    await here.log.append(draft(written, topic=None))


async def test_the_new_holder_gets_the_whole_chain_and_then_the_handover_with_the_key_sealed_for_it(
    here: Office,
) -> None:
    key = new_case_key()
    handed = await refer(here, await worked_on(here, CASE, key))
    async with here.relaying(), reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        records = await inbox.until(5)
        kept = await here.pool.fetch("select value from log where stream = $1 order by seq", CASE)
        assert [r.value for r in records[:4]] == [r["value"] for r in kept]
        assert {r.key for r in records} == {CASE.encode()}
        handover = said(records)[4]
        assert isinstance(handover, Handover)
        assert (handover.source, handover.to, handover.head) == (HERE, THERE, handed.hash.hex())
        assert handover.sealed_key is not None
        sealed = base64url.decode(handover.sealed_key)
        assert open_for_unit(sealed, here.keys[THERE].sealing, THERE, CASE, Secret.CASE_KEY) == key


async def test_a_handover_is_sent_again_until_the_next_event_is_seen(here: Office) -> None:
    handed = await refer(here, await worked_on(here, CASE, new_case_key()))
    async with here.relaying() as relay, reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        assert sum(isinstance(m, Handover) for m in said(await inbox.until(15))) >= 3
        await arrived(here, handed)
        assert await relay.acknowledged.reach(here.log.tide.pos, 10)
        await settled(here, "pass")
        before = len(await inbox.now())
        await refer(here, await worked_on(here, number(2), new_case_key()))
        later = (await inbox.until(before + 5))[before:]
        assert {r.key for r in later} == {number(2).encode()}


async def test_nothing_goes_to_an_inbox_before_the_feed_has_acknowledged_the_pass(
    here: Office, topic_prefix: str
) -> None:
    other = Office(here.log, here.dsn, here.link, here.host, here.keys, here.vault)
    row = await refer(here, await worked_on(here, CASE, new_case_key()))
    await here.pool.execute("update log set topic = $1 where pos = 3", f"{topic_prefix}reference.missing")
    async with other.relaying() as relay, reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        async with asyncio.timeout(20):
            while "reference.missing" not in (relay.status.problem or ""):
                await relay.acknowledged.past(0, 0.05)
        assert not await relay.acknowledged.past(0, 1.5)
        assert await inbox.now() == []
        assert row.holder == THERE


async def test_a_missing_inbox_holds_back_itself_alone_and_visibly(here: Office) -> None:
    missing = here.host.topics.inbox(ELSEWHERE)
    await refer(here, await worked_on(here, number(1), new_case_key()), ELSEWHERE)
    await refer(here, await worked_on(here, number(2), new_case_key()))
    async with here.relaying() as relay, reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        assert {r.key for r in await inbox.until(5)} == {number(2).encode()}
        assert await relay.acknowledged.reach(8, 10)
        assert relay.status.held[missing].reason == "UnknownTopicOrPartitionError"
        assert relay.status.problem is None
        await ensure_topics(here.link, inboxes(here.host.topics, [ELSEWHERE]))
        async with reading(here.link.bootstrap, missing) as late:
            assert {r.key for r in await late.until(5)} == {number(1).encode()}

        async def held() -> Collection[str]:
            return relay.status.held

        # What arrives is read before its sender has the acknowledgement.
        await until(held, lambda seen: missing not in seen, 10)


async def test_a_pass_that_was_copied_back_after_a_restore_is_sent_like_one_written_here(here: Office) -> None:
    written = steps(CASE, 2).rows
    row = passing(written[-1], referral(THERE), THERE)
    await here.log.append(draft((*written, row), topic=here.feed))
    async with here.relaying(), reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        messages = said(await inbox.until(4))
        assert [m.seq for m in messages if isinstance(m, Envelope)][:3] == [1, 2, 3]
        handover = messages[3]
        assert isinstance(handover, Handover)
        assert handover.sealed_key is None


async def test_between_two_units_of_one_service_the_case_goes_by_inbox_all_the_same(
    database: str, bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    async with office(database, bootstrap, topic_prefix, tmp_path, own=(HERE, THERE)) as both:
        await both.make_topics()
        key = new_case_key()
        handed = await refer(both, await worked_on(both, CASE, key))
        async with both.relaying() as relay, reading(bootstrap, both.host.topics.inbox(THERE)) as inbox:
            assert isinstance(said(await inbox.until(5))[4], Handover)
            await both.vault.put_many(both.pool, [Held(CASE, THERE, key)])
            written = rows(CASE, [HandoverArrived(handover=handed.hash.hex())], handed, unit=THERE, key="arrived")
            await both.log.append(draft(written, topic=both.feed))
            assert await relay.acknowledged.reach(both.log.tide.pos, 10)
            await settled(both, "pass")
            await settled(both, "key")
