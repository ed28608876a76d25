"""Keys that come by inbox are opened, tried on the chain and kept; what is missing is read again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiokafka import AIOKafkaProducer

from contracts.inbox import ForwardedRequest, Handover, Key, OwnKey, SendKey, write
from services.runtime import base64url
from services.runtime.dead_letters import open_letters
from services.runtime.kafka_link import KafkaLink
from services.runtime.keys import UnitKeys, make_unit_keys
from services.runtime.letters import Letters
from services.runtime.partition import Partitions
from services.runtime.repair import Rereading
from services.runtime.sealing import Secret, new_case_key, seal_for_unit, wrap
from services.runtime.vault import Vault
from tests.runtime.records import CITY, DISTRICT, HEADERS, TOWNSHIP, Chain, case, travelled, urging
from tests.runtime.replicas import Office, all_topics, office, producer

INBOX = f"inbox.{DISTRICT}"


class District:
    def __init__(self, of: Office, vault: Vault, letters: Letters, keys: UnitKeys) -> None:
        self.of = of
        self.vault = vault
        self.letters = letters
        self._public = keys.sealing.public_key()
        self._wrapping = keys.wrapping

    def sealed(self, secret: bytes, chain: Chain) -> str:
        return base64url.encode(seal_for_unit(secret, self._public, DISTRICT, chain.stream, Secret.CASE_KEY))

    def own_key(self, chain: Chain, key: bytes, code: str) -> bytes:
        def kept(secret: bytes, what: Secret) -> str:
            return base64url.encode(wrap(secret, self._wrapping, DISTRICT, chain.stream, what))

        key_, code_ = kept(key, Secret.CASE_KEY), kept(code.encode(), Secret.QUERY_CODE)
        return write(OwnKey(source=DISTRICT, case=chain.stream, to=DISTRICT, wrapped_key=key_, wrapped_code=code_))

    def handover(self, chain: Chain, key: bytes | None) -> bytes:
        assert chain.head is not None
        sealed = self.sealed(key, chain) if key is not None else None
        return write(
            Handover(source=TOWNSHIP, case=chain.stream, to=DISTRICT, head=chain.head.hex(), epoch=0, sealed_key=sealed)
        )

    async def keys(self, chain: Chain) -> bytes | None:
        return (await self.vault.get_many(self.of.pool, [chain.stream])).get(chain.stream)


@asynccontextmanager
async def district(database: str, folder: Path) -> AsyncIterator[District]:
    keys = make_unit_keys(folder / "keys", DISTRICT)
    vault = Vault({DISTRICT: keys})
    letters = Letters(vault, {DISTRICT: keys})
    async with office(database, "district", messages=letters) as of:
        yield District(of, vault, letters, keys)


async def test_the_key_that_comes_with_a_handover_opens_the_case_here(database: str, tmp_path: Path) -> None:
    chain = case(1).referred(DISTRICT)
    async with district(database, tmp_path) as here:
        await here.of.take(INBOX, [*chain.values, here.handover(chain, chain.key)])
        assert await here.of.chain(chain.stream) == chain.values
        assert await here.keys(chain) == chain.key


async def test_a_case_that_comes_to_a_unit_which_was_asked_about_it_is_read_again_from_the_feeds(
    database: str, tmp_path: Path
) -> None:
    # Its holder writes on meanwhile; what went by before the case was followed here is in the feeds alone.
    watched, handed = case(1), case(2).referred(DISTRICT)
    async with district(database, tmp_path) as here:
        await here.of.take(INBOX, [*watched.values, here.handover(watched, watched.key)])
        await here.of.take(INBOX, [*handed.values, here.handover(handed, handed.key)], first=5)
        assert await here.of.chain(watched.stream) == watched.values
        assert await here.keys(watched) == watched.key
        assert [r["stream"] for r in await here.of.pool.fetch("select stream from reread")] == [watched.stream]


async def test_a_key_that_comes_later_is_kept_though_every_event_is_known(database: str, tmp_path: Path) -> None:
    chain = case(1).referred(DISTRICT)
    async with district(database, tmp_path) as here:
        await here.of.take(INBOX, [*chain.values, here.handover(chain, None)])
        assert await here.keys(chain) is None
        key = Key(source=TOWNSHIP, case=chain.stream, to=DISTRICT, sealed_key=here.sealed(chain.key, chain))
        await here.of.take(INBOX, [write(key)], first=3)
        assert await here.keys(chain) == chain.key


async def test_a_key_that_opens_nothing_of_the_case_is_refused_and_seen(database: str, tmp_path: Path) -> None:
    chain, other = case(1).referred(DISTRICT), case(2)
    async with district(database, tmp_path) as here:
        wrong = here.handover(chain, new_case_key())
        elsewhere = Key(source=TOWNSHIP, case=chain.stream, to=DISTRICT, sealed_key=here.sealed(chain.key, other))
        tracking = Key(source=TOWNSHIP, case=chain.stream, to=CITY, sealed_key=here.sealed(chain.key, chain))
        await here.of.take(INBOX, [*chain.values, wrong, write(elsewhere), write(tracking)])
        assert await here.keys(chain) is None
        assert await here.of.chain(chain.stream) == chain.values
        reasons = sorted(letter.reason for letter in await open_letters(here.of.pool))
        assert reasons == ["cannot_open", "opens_nothing", "wrong_unit"]


async def test_a_restored_vault_reads_key_and_query_code_back_from_its_own_inbox(database: str, tmp_path: Path) -> None:
    chain = case(1, DISTRICT)
    async with district(database, tmp_path) as here:
        await here.of.take(INBOX, [here.own_key(chain, chain.key, "K7QMT4WXRA")])
        assert await here.keys(chain) == chain.key
        assert await here.vault.codes(here.of.pool, [chain.stream]) == {chain.stream: "K7QMT4WXRA"}


async def test_what_another_made_up_as_a_units_own_key_is_refused_and_seen(database: str, tmp_path: Path) -> None:
    chain, other = case(1, DISTRICT), case(2, DISTRICT)
    async with district(database, tmp_path) as here:
        moved = here.own_key(other, other.key, "K7QMT4WXRA").replace(other.stream.encode(), chain.stream.encode())
        await here.of.take(INBOX, [moved])
        assert await here.keys(chain) is None
        assert [letter.reason for letter in await open_letters(here.of.pool)] == ["cannot_open"]


async def test_who_asks_for_a_key_and_who_forwards_a_request_waits_to_be_answered(
    database: str, tmp_path: Path
) -> None:
    chain = case(1)
    request = urging("f" * 32, chain, CITY)
    async with district(database, tmp_path) as here:
        forwarded = ForwardedRequest(
            source=TOWNSHIP, case=chain.stream, to=DISTRICT, record=request.values[0].decode(), hops=2
        )
        asked = SendKey(source=CITY, case=chain.stream, to=DISTRICT)
        await here.of.take(INBOX, [write(forwarded), write(asked), write(asked)])
        assert await here.of.chain(request.stream) == request.values
        arrivals = await here.of.pool.fetch("select stream, hops from request_arrival")
        assert [tuple(row) for row in arrivals] == [(request.stream, 2)]
        wanted = await here.of.pool.fetch("select stream, unit from key_wanted")
        assert [tuple(row) for row in wanted] == [(chain.stream, CITY)]
        assert await open_letters(here.of.pool) == []


async def test_what_stays_parked_is_repaired_by_one_reading_of_the_feeds(
    database: str, bootstrap: str, topic_prefix: str
) -> None:
    lost, other = travelled(1), travelled(2)
    async with office(database, prefix=topic_prefix) as portal, producer(bootstrap) as kafka:
        await all_topics(bootstrap, portal.host)
        topic = portal.host.topics.feed("township")
        for chain in (lost, other):
            await keyed(kafka, topic, chain)
        await portal.take(portal.host.topics.feed("city"), lost.values[3:])
        assert await portal.count("parked") == 4
        rereading = Rereading(portal.replica, KafkaLink(bootstrap), parked_for=0)
        streams = await rereading.wanted()
        assert streams == {lost.stream}
        await rereading.read(streams)
        assert await portal.chain(lost.stream) == lost.values
        assert await portal.chain(other.stream) == []
        assert await rereading.wanted() == frozenset()
        assert rereading.passes == 1


async def keyed(kafka: AIOKafkaProducer, topic: str, chain: Chain) -> None:
    """As relays publish: by the stream, to the partition of the stream."""
    partition, key = Partitions(6).place(chain.stream)
    for value in chain.values:
        await kafka.send_and_wait(topic, value, key, partition, headers=HEADERS)
