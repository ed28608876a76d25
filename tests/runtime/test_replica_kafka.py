"""The replica on a real Kafka: where it reads from, what it survives, what it never loses."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.errors import UnknownTopicOrPartitionError

from contracts.inbox import Handover, write
from deploy.local import Stack
from services.runtime.dead_letters import DeadLetterTopic, open_letters, retry
from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import TopicsDiffer, Wanted, administrator, ensure_topics, partitions
from tests.journeys.waiting import until
from tests.runtime.records import DISTRICT, HEADERS, TOWNSHIP, case, travelled
from tests.runtime.replicas import Running, all_topics, office, producer, reader, send


async def test_feeds_come_into_the_log_as_they_are_written(database: str, bootstrap: str, topic_prefix: str) -> None:
    chains = [travelled(n) for n in range(1, 11)]
    async with office(database, prefix=topic_prefix) as portal, producer(bootstrap) as kafka:
        async with Running(reader(portal, bootstrap).run()):
            await all_topics(bootstrap, portal.host)
            for at, chain in enumerate(chains):
                await send(kafka, portal.host.topics.feed("township"), chain.values, at % 6)
            await portal.reaches(70)
        for chain in chains:
            assert await portal.chain(chain.stream) == chain.values


async def test_records_that_cannot_be_used_become_dead_letters_and_the_partition_goes_on(
    database: str, bootstrap: str, topic_prefix: str
) -> None:
    before, after = case(1), case(2)
    good = case(3).values[0]
    unknown = good.replace(b"sanji.case.CaseReceived.v1", b"sanji.case.CaseReceived.v9")
    poison: list[tuple[bytes | None, Sequence[tuple[str, bytes | None]]]] = [
        (b"\xff\xfe\x00 not text", HEADERS),
        (None, HEADERS),
        (b"{}", [("content-type", None)]),
        (b"{}", [*HEADERS, ("reply_to", b"elsewhere")]),
        (b'{"specversion": "1.0"', HEADERS),
        (good, [("content-type", b"application/json")]),
        (good, []),
        (b'{"x":"' + b"a" * 300_000 + b'"}', HEADERS),
        (b"[" * 50_000, HEADERS),
        (good.replace(b'"item":"birth-certificate"', b'"item":7'), HEADERS),
        (unknown, HEADERS),
    ]
    async with office(database, prefix=topic_prefix) as portal, producer(bootstrap) as kafka:
        topic = portal.host.topics.feed("township")
        await all_topics(bootstrap, portal.host)
        await send(kafka, topic, before.values)
        for value, headers in poison:
            await kafka.send_and_wait(topic, value, b"key", 0, headers=headers)
        await kafka.send_and_wait(topic, b"{}", None, 0, headers=[("x", b"\xff"), *HEADERS])
        await send(kafka, topic, after.values)
        async with Running(reader(portal, bootstrap).run()):
            await portal.reaches(2)
        assert await portal.chain(before.stream) == before.values
        assert await portal.chain(after.stream) == after.values
        letters = await open_letters(portal.pool)
        assert [letter.value for letter in letters] == [*(value for value, _ in poison), b"{}"]
        assert [letter.reason for letter in letters] == [
            *("unreadable", "unreadable", "content_type", "unreadable", "unreadable", "content_type", "content_type"),
            *("unreadable", "unreadable", "invalid_event", "unknown_event", "unreadable"),
        ]
        assert all("a" * 50 not in letter.detail for letter in letters)


async def test_a_dead_letter_is_told_and_goes_in_when_it_is_retried(
    database: str, bootstrap: str, topic_prefix: str
) -> None:
    chain = case(1)
    async with office(database, prefix=topic_prefix) as portal, producer(bootstrap) as kafka:
        await all_topics(bootstrap, portal.host)
        told = DeadLetterTopic(KafkaLink(bootstrap), portal.host.topics.deadletter(portal.host.service))
        portal.replica._on_dead = told.tell  # pyright: ignore[reportPrivateUsage]
        topic = portal.host.topics.feed("township")
        await kafka.send_and_wait(topic, chain.values[0], b"key", 0, headers=[])
        await kafka.send_and_wait(topic, b"broken", b"key", 0, headers=HEADERS)
        async with (
            Running(reader(portal, bootstrap).run(), told.run()),
            AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as operator,
        ):
            operator.assign([TopicPartition(portal.host.topics.deadletter(portal.host.service), 0)])
            async with asyncio.timeout(20):
                notices = [await operator.getone(), await operator.getone()]
        assert all(not notice.headers and notice.value and b"sha256" in notice.value for notice in notices)
        assert await retry(portal.replica) == (1, 1)
        assert await portal.chain(chain.stream) == chain.values
        (left,) = await open_letters(portal.pool)
        assert (left.value, left.reason) == (b"broken", "unreadable")
        assert left.retried_at is not None


async def test_reading_goes_on_where_the_database_says_not_where_the_group_stood(
    database: str, bootstrap: str, topic_prefix: str
) -> None:
    chain = travelled(1)
    async with office(database, prefix=topic_prefix) as portal, producer(bootstrap) as kafka:
        topic = portal.host.topics.feed("township")
        await all_topics(bootstrap, portal.host)
        await send(kafka, topic, chain.values)
        async with AIOKafkaConsumer(
            topic,
            bootstrap_servers=bootstrap,
            group_id=f"{topic_prefix}{portal.host.service}",
            enable_auto_commit=False,
        ) as other:
            async with asyncio.timeout(20):
                while not other.assignment():
                    await other.getmany(timeout_ms=100)
            await other.commit({TopicPartition(topic, 0): 7})
        async with Running(reader(portal, bootstrap).run()):
            await portal.reaches(7)
        assert await portal.chain(chain.stream) == chain.values


async def test_nothing_is_lost_while_the_database_refuses_or_the_handler_fails(
    database: str, bootstrap: str, topic_prefix: str
) -> None:
    chains = [travelled(n) for n in range(1, 6)]
    async with office(database, prefix=topic_prefix) as portal, producer(bootstrap) as kafka:
        taken, take, failures = 0, portal.replica.take, iter([RuntimeError("bug"), OSError("away")])

        async def failing(records: Any, cluster: str, due: Any, **options: Any) -> None:
            nonlocal taken
            if (error := next(failures, None)) is not None:
                raise error
            taken += len(records)
            await take(records, cluster, due, **options)

        portal.replica.take = failing  # type: ignore[method-assign]
        await all_topics(bootstrap, portal.host)
        async with Running(reader(portal, bootstrap).run()):
            for chain in chains:
                await send(kafka, portal.host.topics.feed("city"), chain.values)
            await portal.reaches(35)
        assert taken == 35
        for chain in chains:
            assert await portal.chain(chain.stream) == chain.values


async def test_a_batch_that_the_database_refuses_goes_in_but_for_the_record_that_it_refuses(
    database: str, bootstrap: str, topic_prefix: str
) -> None:
    good, bad = travelled(1), case(2)
    async with office(database, prefix=topic_prefix) as portal:
        await portal.pool.execute("alter table log add check (stream <> '" + bad.stream + "')")
        await portal.take(portal.host.topics.feed("city"), [*good.values[:3], *bad.values, *good.values[3:]])
        assert await portal.chain(good.stream) == good.values
        (letter,) = await open_letters(portal.pool)
        assert (letter.reason, letter.value) == ("refused", bad.values[0])


async def test_a_service_that_starts_before_kafka_reads_once_it_is_there(
    stack: Stack, database: str, bootstrap: str, topic_prefix: str
) -> None:
    chain = travelled(1)
    async with office(database, prefix=topic_prefix) as portal:
        await asyncio.to_thread(stack.kafka.stop)
        async with Running(reader(portal, bootstrap).run()):
            await asyncio.to_thread(stack.kafka.start)
            await all_topics(bootstrap, portal.host)
            async with producer(bootstrap) as kafka:
                await send(kafka, portal.host.topics.feed("township"), chain.values)
            await portal.reaches(7, 40)


async def test_another_empty_kafka_is_read_from_its_beginning_and_brings_nothing_new(
    stack: Stack, database: str, bootstrap: str, topic_prefix: str
) -> None:
    first, second = travelled(1), travelled(2)
    async with office(database, prefix=topic_prefix) as portal:
        topic = portal.host.topics.feed("township")
        await all_topics(bootstrap, portal.host)
        async with Running(reader(portal, bootstrap).run()):
            async with producer(bootstrap) as kafka:
                await send(kafka, topic, first.values)
                await portal.reaches(7)
            await asyncio.to_thread(stack.kafka.wipe)
            await all_topics(bootstrap, portal.host)
            async with producer(bootstrap) as kafka:
                await send(kafka, topic, [*first.values[:5], *second.values, *first.values[5:]])
                await portal.reaches(14, 60)
                await portal.has_read(topic, 14, stack.kafka.cluster_id)
        assert await portal.chain(first.stream) == first.values
        assert await portal.chain(second.stream) == second.values
        assert await portal.count("log") == 14


async def test_topics_that_an_empty_kafka_lacks_are_made_by_whoever_reads_them(
    stack: Stack, database: str, bootstrap: str, topic_prefix: str
) -> None:
    chain = travelled(1)
    async with office(database, prefix=topic_prefix) as portal:
        topic = portal.host.topics.feed("township")
        await all_topics(bootstrap, portal.host)
        async with Running(reader(portal, bootstrap).run()):
            async with producer(bootstrap) as kafka:
                await send(kafka, topic, chain.values[:3])
                await portal.reaches(3)
                await committed(bootstrap, topic, f"{topic_prefix}{portal.host.service}", 3)
            await asyncio.to_thread(stack.kafka.wipe)
            await has_topic(bootstrap, topic)
            async with producer(bootstrap) as kafka:
                await send(kafka, topic, chain.values)
                await portal.reaches(7, 60)


async def committed(bootstrap: str, topic: str, group: str, offset: int) -> None:
    """Return when the group has committed this offset of partition 0."""
    at = TopicPartition(topic, 0)
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False) as one:
        one.assign([at])
        await until(lambda: one.committed(at), lambda seen: seen == offset)


async def has_topic(bootstrap: str, topic: str) -> None:
    """Return when somebody has made it."""
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as one:
        await until(one.topics, lambda seen: topic in seen)


async def test_a_consumer_that_stalls_without_a_word_is_started_anew(
    database: str, bootstrap: str, topic_prefix: str
) -> None:
    chain = travelled(1)
    async with office(database, prefix=topic_prefix) as portal, producer(bootstrap) as kafka:
        await all_topics(bootstrap, portal.host)
        reading = reader(portal, bootstrap, look_every=0.2, stalled_after=1.0)
        topic = portal.host.topics.feed("township")
        async with Running(reading.run()):
            await send(kafka, topic, chain.values[:3])
            await portal.reaches(3)
            consumer = reading._consumer()  # pyright: ignore[reportPrivateUsage]
            assert consumer is not None
            consumer.pause(*consumer.assignment())
            await send(kafka, topic, chain.values[3:])
            await portal.reaches(7)
        assert reading.watch.restarts >= 1


async def test_inboxes_and_feeds_come_together_for_a_tier(database: str, bootstrap: str, topic_prefix: str) -> None:
    chain = case(1).referred(DISTRICT)
    head = chain.head
    assert head is not None
    handover = write(Handover(source=TOWNSHIP, case=chain.stream, to=DISTRICT, head=head.hex(), epoch=0))
    async with office(database, "district", topic_prefix) as district, producer(bootstrap) as kafka:
        topics = district.host.topics
        await all_topics(bootstrap, district.host)
        await send(kafka, topics.feed("township"), [*case(9).values, *chain.values])
        await send(kafka, topics.inbox(DISTRICT), [*chain.values, handover])
        async with Running(reader(district, bootstrap).run()):
            await district.reaches(2)
        assert await district.chain(chain.stream) == chain.values
        assert [type(message).__name__ for message in district.messages.messages] == ["Handover"]


async def test_topics_are_made_once_and_their_partitions_counted(bootstrap: str, topic_prefix: str) -> None:
    link, name = KafkaLink(bootstrap), f"{topic_prefix}one"
    assert await ensure_topics(link, [Wanted(name, 2, 30)]) == [name]
    assert await ensure_topics(link, [Wanted(name, 2, 30)]) == []
    with pytest.raises(TopicsDiffer, match="2 partitions, and must have 6"):
        await ensure_topics(link, [Wanted(name, 6, None)])


async def test_a_topic_that_the_broker_has_not_heard_of_yet_is_asked_for_again(
    bootstrap: str, topic_prefix: str
) -> None:
    name = f"{topic_prefix}late"
    async with administrator(KafkaLink(bootstrap)) as admin:
        counting = asyncio.ensure_future(partitions(admin, [name]))
        assert [topic["error_code"] for topic in await admin.describe_topics([name])] == [3]
        await admin.create_topics([NewTopic(name, 2, 1)])
        assert await counting == {name: 2}
        with pytest.raises(UnknownTopicOrPartitionError):
            await partitions(admin, [f"{topic_prefix}never"], seconds=0)


async def test_postgresql_killed_while_reading_forgets_its_last_commits_and_reads_them_again(
    stack: Stack, database: str, bootstrap: str, topic_prefix: str
) -> None:
    chains = [travelled(n) for n in range(1, 31)]
    async with office(database, prefix=topic_prefix) as portal, producer(bootstrap) as kafka:
        await all_topics(bootstrap, portal.host)
        async with Running(reader(portal, bootstrap).run()):
            await send(kafka, portal.host.topics.feed("city"), chains[0].values)
            await portal.reaches(7)
            await asyncio.to_thread(stack.postgres.kill9)
            for chain in chains[1:]:
                await send(kafka, portal.host.topics.feed("city"), chain.values)
            await asyncio.to_thread(stack.postgres.start)
            async with asyncio.timeout(200):
                await portal.is_back()
                await portal.reaches(210, 150)
        for chain in chains:
            assert await portal.chain(chain.stream) == chain.values
