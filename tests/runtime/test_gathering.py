"""Before the city assumes custody it reads what every feed says of the case, to the end (protocol C4)."""

import pytest
from aiokafka import AIOKafkaProducer

from contracts.case import StepStarted
from contracts.topics import FEED_PARTITIONS
from services.runtime.branch import next_epoch
from services.runtime.gathering import CANNOT, Gathering
from services.runtime.kafka_link import KafkaLink
from services.runtime.partition import Partitions
from tests.runtime.records import DISTRICT, HEADERS, TOWNSHIP, Chain, case, travelled
from tests.runtime.replicas import Office, all_topics, office, producer

PLACES = Partitions(FEED_PARTITIONS)
NOBODY = "127.0.0.1:9"


def below(number: int) -> Chain:
    """A case that a township and a district worked on, and the city never had: three events each."""
    chain = case(number)
    chain.write(StepStarted(step="intake"), TOWNSHIP)
    chain.referred(DISTRICT).arrived()
    for step in ("review", "survey"):
        chain.write(StepStarted(step=step), DISTRICT)
    return chain


async def publish(kafka: AIOKafkaProducer, of: Office, tier: str, stream: str, values: list[bytes]) -> None:
    partition, key = PLACES.place(stream)
    for value in values:
        await kafka.send_and_wait(of.host.topics.feed(tier), value, key, partition, headers=HEADERS)


async def test_a_case_that_the_city_never_had_comes_in_whole_and_is_followed_from_then_on(
    database: str, bootstrap: str, topic_prefix: str
) -> None:
    chain, other = below(1), case(2)
    async with office(database, "city", topic_prefix) as city, producer(bootstrap) as kafka:
        await all_topics(bootstrap, city.host)
        await publish(kafka, city, "district", chain.stream, chain.values[3:])
        await publish(kafka, city, "township", chain.stream, chain.values[:3])
        await publish(kafka, city, "township", other.stream, other.values)
        tree = await Gathering(city.replica, KafkaLink(bootstrap)).gather(chain.stream)
        assert tree.head is not None
        assert (tree.head.hash, tree.parked) == (chain.head, {})
        assert await city.chain(chain.stream) == chain.values
        assert await city.chain(other.stream) == [], "nobody asked about it"
        assert await city.count("reread") == 1, "what came before it was followed may have been passed over"
        chain.write(StepStarted(step="review"), chain.holder)
        await city.take("township.events", chain.values[6:], first=6)
        assert await city.chain(chain.stream) == chain.values


async def test_of_a_case_that_it_follows_it_reads_what_the_replica_has_not_taken_yet(
    database: str, bootstrap: str, topic_prefix: str
) -> None:
    chain = below(1)
    async with office(database, "city", topic_prefix) as city, producer(bootstrap) as kafka:
        await all_topics(bootstrap, city.host)
        gathering = Gathering(city.replica, KafkaLink(bootstrap))
        await publish(kafka, city, "township", chain.stream, chain.values)
        await gathering.gather(chain.stream)
        chain.write(StepStarted(step="review"), chain.holder)
        await publish(kafka, city, "township", chain.stream, chain.values[6:])
        assert (await gathering.here(chain.stream)).live[-1].hash != chain.head
        assert (await gathering.gather(chain.stream)).live[-1].hash == chain.head


async def test_what_waits_for_a_missing_event_is_told_and_the_new_epoch_is_above_it_all(
    database: str, bootstrap: str, topic_prefix: str
) -> None:
    chain: Chain = case(1).referred(DISTRICT)
    assert chain.holder == DISTRICT
    chain.write(StepStarted(step="review"), DISTRICT)
    async with office(database, "city", topic_prefix) as city, producer(bootstrap) as kafka:
        await all_topics(bootstrap, city.host)
        await publish(kafka, city, "township", chain.stream, chain.values[:1])
        await publish(kafka, city, "district", chain.stream, chain.values[2:])
        tree = await Gathering(city.replica, KafkaLink(bootstrap)).gather(chain.stream)
        assert [link.unit for link in tree.live] == [TOWNSHIP]
        assert len(tree.parked) == 1
        assert next_epoch(tree) == 1


async def test_a_feed_that_cannot_be_read_is_said_and_what_is_here_is_still_to_be_had(database: str) -> None:
    chain = travelled(1)
    async with office(database, "city") as city:
        gathering = Gathering(city.replica, KafkaLink(NOBODY))
        with pytest.raises(CANNOT):
            await gathering.gather(chain.stream)
        assert (await gathering.here(chain.stream)).head is None
