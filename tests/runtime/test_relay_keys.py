"""Keys on their way: to the own inbox before the receipt, to the portal after it, to a holder that lacks one."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from contracts.case import StepStarted
from contracts.inbox import Key, OwnKey, SendKey, TrackingKey
from services.runtime import base64url
from services.runtime.kafka_topics import ensure_topics, inboxes
from services.runtime.sealing import Secret, new_case_key, open_for_unit, unwrap
from services.runtime.tracking import Cost, TrackingParts, open_with_code
from services.runtime.vault import Held
from tests.runtime.logs import HERE, THERE, draft, number, rows
from tests.runtime.relays import Office, all_topics, office, passing, reading, receive, referral, said, settled

CASE, CODE = number(1), "K7QMT4WXRA"


@pytest.fixture
async def here(database: str, bootstrap: str, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(database, bootstrap, topic_prefix, tmp_path) as found:
        yield found


async def test_the_key_is_in_the_own_inbox_before_the_receipt_is_in_the_feed(here: Office) -> None:
    key = new_case_key()
    await here.make_topics(here.feed)
    await receive(here, CASE, key, CODE)
    async with here.relaying() as relay, reading(here.link.bootstrap, here.host.topics.inbox(HERE)) as own:
        (message,) = said(await own.until(1))
        assert isinstance(message, OwnKey)
        assert relay.acknowledged.pos == 0
        await ensure_topics(here.link, all_topics(here.host.topics))
        assert await relay.acknowledged.reach(1, 20)
        mine = here.keys[HERE].wrapping
        assert unwrap(base64url.decode(message.wrapped_key), mine, HERE, CASE, Secret.CASE_KEY) == key
        assert unwrap(base64url.decode(message.wrapped_code), mine, HERE, CASE, Secret.QUERY_CODE) == CODE.encode()


async def test_a_missing_own_inbox_does_not_hold_the_feed_and_gets_the_key_later(here: Office) -> None:
    inbox = here.host.topics.inbox(HERE)
    await here.make_topics(inbox)
    await receive(here, CASE, new_case_key())
    async with here.relaying() as relay:
        assert await relay.acknowledged.reach(1, 20)
        assert inbox in relay.status.held
        await ensure_topics(here.link, inboxes(here.host.topics, [HERE]))
        async with reading(here.link.bootstrap, inbox) as own:
            assert isinstance(said(await own.until(1))[0], OwnKey)
        await settled(here, "own_key")


async def test_the_portal_is_told_after_the_receipt_how_the_citizens_code_opens_the_case(here: Office) -> None:
    await here.make_topics()
    keys = {number(n): new_case_key() for n in range(20)}
    for stream, key in keys.items():
        await receive(here, stream, key, CODE)
    async with here.relaying(), reading(here.link.bootstrap, here.host.topics.inbox("portal")) as portal:
        messages = said(await portal.until(20))
    with ThreadPoolExecutor(1) as executor:
        for message in messages:
            assert isinstance(message, TrackingKey)
            parts = TrackingParts(
                Cost(message.memory_kib, message.passes, message.lanes),
                base64url.decode(message.salt),
                base64url.decode(message.verifier),
                base64url.decode(message.wrapped_key),
            )
            assert await open_with_code(executor, CODE, parts, message.case, parts.cost) == keys[message.case]
    assert len({m.case for m in messages if isinstance(m, TrackingKey)}) == 20


async def test_a_holder_without_the_key_asks_every_earlier_holder_until_it_has_it(here: Office) -> None:
    await here.make_topics()
    stream = number(1, THERE)
    written = rows(stream, [StepStarted(step="one"), StepStarted(step="two")], unit=THERE)
    await here.log.append(draft((*written, passing(written[-1], referral(HERE), HERE)), topic=None))
    async with here.relaying(), reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        messages = said(await inbox.until(2))
        assert {(type(m), m.source, m.to) for m in messages if isinstance(m, SendKey)} == {(SendKey, HERE, THERE)}
        await here.vault.put_many(here.pool, [Held(stream, HERE, new_case_key())])
        await settled(here, "key")


async def test_an_earlier_holder_answers_only_the_unit_that_holds_the_case(here: Office) -> None:
    await here.make_topics()
    key = new_case_key()
    await here.log.append(draft((passing(await receive(here, CASE, key), referral(THERE), THERE),), topic=here.feed))
    await receive(here, number(2), key)
    async with here.relaying() as relay, reading(here.link.bootstrap, here.host.topics.inbox(THERE)) as inbox:
        await inbox.until(3)
        await here.pool.execute(
            "insert into key_wanted (stream, unit) values ($1, $3), ($2, $3)", CASE, number(2), THERE
        )
        async with asyncio.timeout(20):
            while not (keys := [m for m in said(await inbox.now()) if isinstance(m, Key)]):
                await relay.acknowledged.past(10_000, 0.05)
        assert [(m.case, m.to) for m in keys] == [(CASE, THERE)]
        sealed = base64url.decode(keys[0].sealed_key)
        assert open_for_unit(sealed, here.keys[THERE].sealing, THERE, CASE, Secret.CASE_KEY) == key
        async with asyncio.timeout(20):
            while await here.pool.fetchval("select count(*) from key_wanted"):
                await relay.acknowledged.past(10_000, 0.05)
