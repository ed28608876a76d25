"""A restored database reads back what it had said before it speaks; any other start is plain."""

import asyncio
from pathlib import Path

import pytest

from contracts.reference import WindowOpened
from services.runtime.beginning import ANOTHER_KAFKA, Beginning
from services.runtime.kafka_link import KafkaLink
from services.runtime.log import NotWritable
from services.runtime.marker import MarkerFile
from services.runtime.restart import Marker, Start
from services.runtime.row import Draft
from tests.runtime.records import DISTRICT, OTHER, TOWNSHIP, Chain, case
from tests.runtime.replicas import Office, Running, all_topics, office, producer, send

NOBODY = "127.0.0.1:1"


def beginning(of: Office, bootstrap: str, folder: Path) -> Beginning:
    async def prepare() -> None:
        await all_topics(bootstrap, of.host)

    return Beginning(of.log, of.replica, KafkaLink(bootstrap), MarkerFile(folder, of.host.service), prepare)


def draft(of: Office, chain: Chain, first: int, last: int) -> Draft:
    """Events `first` to `last` of a chain, as its own service appends them."""
    rows = chain.rows()[first - 1 : last]
    return Draft(chain.stream, rows[0].prev, TOWNSHIP, rows[0].command, None, of.host.topic_of(chain.stream), rows)


async def test_a_first_start_takes_a_life_and_writes_the_marker(
    database: str, bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    async with office(database, "township", topic_prefix) as township:
        begins = beginning(township, bootstrap, tmp_path)
        with pytest.raises(NotWritable):
            await township.log.append(draft(township, case(1), 1, 1))
        assert await begins.speak() is Start.CATCH_UP
        assert begins.state is None
        marker = MarkerFile(tmp_path, township.host.service).read()
        assert marker == Marker(await township.pool.fetchval("select id from incarnation"), 0)


async def test_a_first_start_where_others_have_spoken_before_is_no_restore(
    database: str, bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    async with office(database, "district", topic_prefix) as district, Running(district.log.run()):
        begins = beginning(district, bootstrap, tmp_path)
        await all_topics(bootstrap, district.host)
        window = Chain(f"window/{OTHER}.1")
        window.write(WindowOpened(unit=OTHER, code="1", department="civil"), OTHER)
        async with producer(bootstrap) as kafka:
            await send(kafka, district.host.topics.reference, window.values)
        assert await begins.speak() is Start.CATCH_UP
        assert await district.chain(window.stream) == window.values
        assert await district.pool.fetchval("select restores from incarnation") == 0, "case numbers begin with 1"
        MarkerFile(tmp_path, district.host.service).delete()
        assert await beginning(district, bootstrap, tmp_path).speak() is Start.CATCH_UP
        assert await district.pool.fetchval("select restores from incarnation") == 1, "it held something before"


async def test_a_plain_restart_needs_no_kafka(database: str, tmp_path: Path, topic_prefix: str) -> None:
    async with office(database, "township", topic_prefix) as township, Running(township.log.run()):
        life = await township.pool.fetchval("select id from incarnation")
        MarkerFile(tmp_path, township.host.service).write(Marker(life, 0))
        assert await beginning(township, NOBODY, tmp_path).speak() is Start.PLAIN
        await township.log.append(draft(township, case(1), 1, 1))
        MarkerFile(tmp_path, township.host.service).write(Marker(life, 1))
        assert await beginning(township, NOBODY, tmp_path).speak() is Start.PLAIN


async def test_a_restored_database_reads_back_what_it_had_said_before_it_writes(
    database: str, bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    known, forgotten = case(1).referred(DISTRICT), case(2)
    async with office(database, "township", topic_prefix) as township, Running(township.log.run()):
        await all_topics(bootstrap, township.host)
        township.log.open()
        await township.log.append(draft(township, known, 1, 1))
        life = await township.pool.fetchval("select id from incarnation")
        # what it said after the copy was made: the pass, and another case
        MarkerFile(tmp_path, township.host.service).write(Marker(life, 3))
        async with producer(bootstrap) as kafka:
            await send(kafka, township.host.topics.feed("township"), [*known.values, *forgotten.values])
        township.log.close("killed")

        begins = beginning(township, bootstrap, tmp_path)
        assert await begins.speak() is Start.CATCH_UP
        assert await township.chain(known.stream) == known.values
        assert await township.chain(forgotten.stream) == forgotten.values
        topics = await township.pool.fetch("select distinct topic from log")
        assert [row["topic"] for row in topics] == [township.host.topics.feed("township")]
        assert await township.count("quarantined") == 0
        row = await township.pool.fetchrow("select id, restores, reading_back from incarnation")
        assert row is not None
        assert (row["id"] != life, row["restores"], row["reading_back"]) == (True, 1, False)
        assert MarkerFile(tmp_path, township.host.service).read() == Marker(row["id"], 3)
        assert [r["stream"] for r in await township.pool.fetch("select stream from reread")] == [forgotten.stream]
        await township.log.append(draft(township, case(3), 1, 1))


async def test_a_restored_database_stays_silent_while_nobody_can_tell_what_it_had_said(
    database: str, bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    async with office(database, "township", topic_prefix) as township, Running(township.log.run()):
        marker = MarkerFile(tmp_path, township.host.service)
        marker.write(Marker("another life", 0))
        begins = beginning(township, NOBODY, tmp_path)
        async with Running(begins.speak()):
            async with asyncio.timeout(20):
                while not (begins.state or "").startswith("restored"):
                    await township.tide.past(0, 0.05)
            assert marker.read() is None
            with pytest.raises(NotWritable, match="restored"):
                await township.log.append(draft(township, case(1), 1, 1))


async def test_restored_and_on_another_kafka_it_is_read_only_until_others_were_heard(
    database: str, bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    async with office(database, "township", topic_prefix) as township:
        await township.pool.execute("update relay set cluster = 'the old one'")
        begins = beginning(township, bootstrap, tmp_path)
        async with Running(begins.speak()):
            async with asyncio.timeout(20):
                while begins.state != ANOTHER_KAFKA:
                    await township.tide.past(0, 0.05)
            with pytest.raises(NotWritable):
                await township.log.append(draft(township, case(1), 1, 1))
        assert await beginning(township, bootstrap, tmp_path).speak(witnessed=True) is Start.READ_ONLY
        assert township.log.closed_because is None


def test_a_marker_that_cannot_be_read_counts_as_missing(tmp_path: Path) -> None:
    marker = MarkerFile(tmp_path / "state", "one")
    assert marker.read() is None
    marker.delete()
    marker.write(Marker("a", 7))
    assert marker.read() == Marker("a", 7)
    (tmp_path / "state" / "one.marker").write_text("half a lin")
    assert marker.read() is None
    marker.delete()
    assert list((tmp_path / "state").iterdir()) == []
