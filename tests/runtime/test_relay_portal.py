"""The portal speaks too: what citizens ask goes to the holder, though it has neither vault nor receipts of its own."""

import asyncio
from pathlib import Path

from contracts.case import CaseReceived, CaseUrged
from contracts.fields import Ciphertext
from contracts.requests import UrgingRequested
from contracts.topics import Topics
from services.runtime.beginning import Beginning, Speaking
from services.runtime.deliveries import Deliveries
from services.runtime.host import PORTAL, Host
from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import ensure_topics
from services.runtime.marker import MarkerFile, before_sending
from services.runtime.relay import Relay
from services.runtime.restart import Marker
from services.runtime.row import Row
from tests.runtime.logs import THERE, draft, number, rows, running, writing
from tests.runtime.relays import CITY, PROMPT, all_topics, reading
from tests.runtime.replicas import office, producer, send

CASE = number(1, THERE)
ID = "0123456789abcdef0123456789abcdef"
RECEIVED = CaseReceived(item="birth", item_version=1, channel="window", applicant=Ciphertext("v1." + "A" * 60))
URGED = UrgingRequested(case=CASE, epoch=0, term=0, by="citizen", level="reminder")


def asked() -> Row:
    return rows(f"request/{ID}", [URGED], unit=PORTAL)[0]


async def test_what_a_citizen_asks_reaches_the_holder_until_its_chain_has_the_answer(
    database: str, bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    host = Host(PORTAL, PORTAL, frozenset({PORTAL}), CITY, Topics(topic_prefix))
    feed, inbox = host.topics.feed(PORTAL), host.topics.inbox(THERE)
    link, marker = KafkaLink(bootstrap), MarkerFile(tmp_path, PORTAL)
    await ensure_topics(link, all_topics(host.topics))
    async with writing(database, 8) as log:
        life = await log.pool.fetchval("select id from incarnation")
        marker.write(Marker(life, 0))
        received = rows(CASE, [RECEIVED], unit=THERE)
        await log.append(draft(received, topic=None))
        request = asked()
        await log.append(draft((request,), topic=feed))
        deliveries = Deliveries(log.pool, log.tide, host, None, lambda _: None, PROMPT)
        relay = Relay(
            log.pool, database, log.tide, host, link.options(), before_sending(marker), deliveries, None,
            stop_seconds=2.0,
        )  # fmt: skip
        async with reading(bootstrap, feed) as said, reading(bootstrap, inbox) as there, running(relay):
            assert [r.value for r in await said.until(1)] == [request.value]
            assert [r.value for r in await there.until(2)] == [request.value] * 2
            assert marker.known is not None
            assert marker.known.highest == 2
            answer = rows(CASE, [CaseUrged(by="citizen", level="reminder", request=ID)], received[-1], unit=THERE)
            await log.append(draft(answer, topic=None))
            async with asyncio.timeout(20):
                while await log.pool.fetchval("select count(*) from relay_due"):
                    await log.tide.past(10_000, 0.05)
            assert [r.value for r in await said.now()] == [request.value], "copies are not published again"


async def test_a_portal_whose_database_was_put_back_reads_what_it_had_asked_before_it_speaks(
    database: str, bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    async with office(database, PORTAL, topic_prefix) as portal:
        link = KafkaLink(bootstrap)

        async def prepare() -> None:
            await ensure_topics(link, all_topics(portal.host.topics))

        await prepare()
        request = asked()
        async with producer(bootstrap) as sending:
            await send(sending, portal.host.topics.feed(PORTAL), [request.value])
        begins = Beginning(portal.log, portal.replica, link, MarkerFile(tmp_path, PORTAL), prepare)
        speaking, order = Speaking(begins, ""), list[str]()

        async def speak_up() -> None:
            there = await portal.pool.fetchval("select topic from log where hash = $1", request.hash)
            order.append(f"speaks, and knows of {there}")

        then = asyncio.ensure_future(speaking.then(speak_up)())
        begin = asyncio.create_task(speaking.begin())
        async with asyncio.timeout(60):
            await then
        assert order == [f"speaks, and knows of {portal.host.topics.feed(PORTAL)}"]
        assert begins.state is None
        assert not begin.done(), "who ended would end the service"
        begin.cancel()
