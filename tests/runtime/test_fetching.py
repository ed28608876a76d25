"""A case that a unit asks about and that was never here comes from the portal, whole and sound, or not at all (I4)."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from contracts.case import CaseReceived, StepStarted
from contracts.envelope import digest
from contracts.fields import Plain
from contracts.topics import FEED_PARTITIONS
from services.runtime.fetching import MOST_BYTES, Fetching, NoPortal, Portal, Unfetched
from services.runtime.kafka_link import KafkaLink
from services.runtime.partition import Partitions
from services.runtime.repair import Rereading
from tests.runtime.portals import answering, route, said, told
from tests.runtime.records import CITY, DISTRICT, HEADERS, OTHER, TOWNSHIP, Chain, case, travelled
from tests.runtime.replicas import Office, all_topics, office, producer

TABLES = ("log", "parked", "quarantined", "staged", "fence", "reread", "dead_letter", "read_offset")
PLACES = Partitions(FEED_PARTITIONS)


def below(serial: int) -> Chain:
    """A case that a township and a district worked on, and the city never had."""
    chain = case(serial).referred(DISTRICT).arrived()
    chain.write(StepStarted(step="review"), DISTRICT)
    return chain


async def written(of: Office) -> dict[str, int]:
    return {table: n for table in TABLES if (n := await of.count(table))}


@asynccontextmanager
async def both(
    database: str, other_database: str, folder: Path, prefix: str = ""
) -> AsyncIterator[tuple[Office, Office, Portal]]:
    """The city, a portal, and how the city asks it. No topic of Kafka is there and no link to it."""
    async with (
        office(database, "city", prefix) as city,
        office(other_database, "portal", prefix) as there,
        route(there.pool, folder) as at,
        at.portal() as portal,
    ):
        yield city, there, portal


async def test_a_case_that_was_never_here_comes_whole_from_the_portal_and_no_feed_is_read(
    database: str, other_database: str, tmp_path: Path
) -> None:
    chain, other = below(1), below(2)
    async with both(database, other_database, tmp_path) as (city, there, portal):
        await there.take("township.events", [*chain.values, *other.values])
        assert await Fetching(city.replica, portal).fetch(chain.stream, {TOWNSHIP})
        assert await city.chain(chain.stream) == chain.values
        assert await written(city) == {"log": len(chain.values), "reread": 1}, "followed, and to be read again once"
        chain.write(StepStarted(step="survey"), DISTRICT)
        await city.take("district.events", [*chain.values[-1:], *other.values])
        assert await city.chain(chain.stream) == chain.values, "followed from then on"
        assert await city.chain(other.stream) == [], "nobody asked about it"


async def test_a_portal_that_lags_begins_the_following_and_the_feeds_bring_the_rest(
    database: str, other_database: str, bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    chain = below(1)
    async with both(database, other_database, tmp_path, topic_prefix) as (city, there, portal):
        await all_topics(bootstrap, city.host)
        async with producer(bootstrap) as kafka:
            partition, key = PLACES.place(chain.stream)
            for value, tier in zip(chain.values, ("township", "township", "district", "district"), strict=True):
                topic = city.host.topics.feed(tier)
                await kafka.send_and_wait(topic, value, key, partition, headers=HEADERS)
        await there.take("township.events", chain.values[:2])
        assert await Fetching(city.replica, portal).fetch(chain.stream, {TOWNSHIP})
        assert await city.chain(chain.stream) == chain.values[:2]
        rereading = Rereading(city.replica, KafkaLink(bootstrap))
        assert await rereading.wanted() == {chain.stream}
        await rereading.read(await rereading.wanted())
        assert await city.chain(chain.stream) == chain.values
        assert (rereading.passes, await city.count("reread")) == (1, 0)


async def test_a_case_that_none_of_the_units_in_question_had_is_not_followed(
    database: str, other_database: str, tmp_path: Path
) -> None:
    chain = case(1).referred(DISTRICT)
    async with both(database, other_database, tmp_path) as (city, there, portal):
        await there.take("township.events", chain.values)
        fetching = Fetching(city.replica, portal)
        assert not await fetching.fetch(chain.stream, {OTHER})
        assert not await fetching.fetch(case(7).stream, {TOWNSHIP}), "the portal has no such case"
        assert await written(city) == {}
        assert await fetching.fetch(chain.stream, {DISTRICT}), "it was handed to that unit"


async def test_what_an_inbox_brought_meanwhile_is_not_there_twice(
    database: str, other_database: str, tmp_path: Path
) -> None:
    chain = below(1)
    async with both(database, other_database, tmp_path) as (city, there, portal):
        await there.take("township.events", chain.values)
        await city.take(city.host.topics.inbox(CITY), chain.values[:3])
        assert await written(city) == {"staged": 3, "read_offset": 1}
        fetching = Fetching(city.replica, portal)
        assert await asyncio.gather(*(fetching.fetch(chain.stream, {TOWNSHIP}) for _ in range(3))) == [True] * 3
        assert await city.chain(chain.stream) == chain.values
        assert await written(city) == {"log": len(chain.values), "reread": 1, "read_offset": 1}


async def test_a_custody_that_was_assumed_is_a_fence_here_too(
    database: str, other_database: str, tmp_path: Path
) -> None:
    chain = case(1).assumed()
    async with (
        office(database, "district") as district,
        office(other_database, "portal") as there,
        route(there.pool, tmp_path) as at,
        at.portal() as portal,
    ):
        await there.take("township.events", chain.values)
        assert await Fetching(district.replica, portal).fetch(chain.stream, {TOWNSHIP})
        assert await district.chain(chain.stream) == chain.values
        assert await written(district) == {"log": 2, "fence": 1, "reread": 1}


def altered(value: bytes) -> bytes:
    assert b"w1007" in value
    return value.replace(b"w1007", b"w1008")


def strange(chain: Chain) -> list[bytes]:
    """The next record is of a unit that does not hold the case."""
    chain.write(StepStarted(step="survey"), OTHER)
    return chain.values


def elsewhere(chain: Chain) -> list[bytes]:
    """It begins at a unit that is not in its number."""
    begun = Chain(chain.stream)
    person = Plain("applicant")
    begun.write(CaseReceived(item="birth-certificate", item_version=1, channel="window", applicant=person), DISTRICT)
    return begun.values


def unheard(chain: Chain) -> list[bytes]:
    return [*chain.values[:-1], chain.values[-1].replace(b"StepStarted", b"StepInvented")]


WHOLE = below(1).values
HEAD = digest(WHOLE[-1])
FALSE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "its beginning is missing": ("record 1 breaks first_event", lambda: told(WHOLE[1:])),
    "its middle is missing": ("record 3 breaks not_adjacent", lambda: told([*WHOLE[:1], *WHOLE[2:]])),
    "its end is missing": ("it ends at 3, not at the head", lambda: told(WHOLE[:-1], HEAD)),
    "it ends in the middle of a record": (
        "no whole lines",
        lambda: said(b"\n".join(WHOLE)[:-20], f'ETag: "{HEAD.hex()}"'),
    ),
    "it ends before its length": ("RemoteProtocolError", lambda: told(WHOLE)[:-20]),
    "it promises no head": ("not at the head", lambda: said(b"".join(value + b"\n" for value in WHOLE))),
    "its first record is altered": ("record 2 breaks not_adjacent", lambda: told([altered(WHOLE[0]), *WHOLE[1:]])),
    "a record is altered": ("record 4 breaks not_adjacent", lambda: told([*WHOLE[:2], altered(WHOLE[2]), *WHOLE[3:]])),
    "its last record is altered": (
        "it ends at 4, not at the head",
        lambda: told([*WHOLE[:-1], altered(WHOLE[-1])], HEAD),
    ),
    "it is another case's": ("a record of .*-0002", lambda: told(below(2).values)),
    "another case's is beside it": ("a record of .*-0002", lambda: told([*WHOLE, *below(2).values])),
    "a record stands twice": ("stands twice", lambda: told([*WHOLE[:2], *WHOLE[1:]])),
    "it is in another order": ("record 1 breaks first_event", lambda: told(WHOLE[::-1])),
    "it begins at a unit that is not in its number": ("record 1 breaks first_event", lambda: told(elsewhere(below(1)))),
    "a unit wrote that did not hold the case": ("record 5 breaks not_the_holder", lambda: told(strange(below(1)))),
    "another than the city assumed custody": (
        "record 5 breaks not_the_holder",
        lambda: told(below(1).assumed(DISTRICT).values),
    ),
    "it says that this service wrote": ("record 5 is of 340400000", lambda: told(travelled(1).values)),
    "it says that this service assumed custody": ("record 5 is of 340400000", lambda: told(below(1).assumed().values)),
    "an event is unheard of": ("record 4 is unknown_event", lambda: told(unheard(below(1)))),
    "it is empty": ("no whole lines", lambda: said(b"")),
    "it is a page": ("record 1 is unreadable", lambda: said(b"<html>\n<body>Welcome</body>\n</html>\n")),
    "it is packed": (
        "no whole lines",
        lambda: said(gzip.compress(b"".join(v + b"\n" for v in WHOLE)), "Content-Encoding: gzip"),
    ),
    "it has no end": ("over 16777216 bytes", lambda: said(b"x" * (MOST_BYTES + 1))),
    "it is an error": ("status 500", lambda: said(b"{}", status=500)),
    "the token is not taken": ("status 401", lambda: said(b'{"code":"token_expired"}', status=401)),
    "it is somewhere else": ("status 307", lambda: said(b"", "Location: http://127.0.0.1:9/", status=307)),
    "nothing is at that address": ("status 404", lambda: said(b'{"code":"no_such_page"}', status=404)),
    "another server is at that address": ("status 404", lambda: said(b"<html>404</html>", status=404)),
    "it hangs up": ("RemoteProtocolError", lambda: b""),
    "it speaks no HTTP": ("RemoteProtocolError", lambda: b"\x00\x01\x02\x03\r\n\r\n"),
}


@pytest.mark.parametrize("what", FALSE)
async def test_a_portal_that_tells_no_whole_and_sound_chain_is_not_believed_and_nothing_is_written(
    database: str, what: str
) -> None:
    reason, answer = FALSE[what]
    async with office(database, "city") as city, answering(answer()) as portal:
        with pytest.raises(Unfetched, match=reason):
            await Fetching(city.replica, portal).fetch(below(1).stream, {TOWNSHIP, DISTRICT, OTHER, CITY})
        assert await written(city) == {}


async def test_what_a_sound_answer_looks_like(database: str) -> None:
    async with office(database, "city") as city, answering(told(WHOLE)) as portal:
        assert await Fetching(city.replica, portal).fetch(below(1).stream, {TOWNSHIP})
        assert await city.chain(below(1).stream) == WHOLE
    async with office(database, "city") as city, answering(said(b'{"code":"case_unknown"}', status=404)) as portal:
        assert not await Fetching(city.replica, portal).fetch(below(2).stream, {TOWNSHIP})


async def test_a_portal_that_says_nothing_is_given_up_by_all_who_wait_for_it(database: str) -> None:
    async with office(database, "city") as city, answering(None) as portal:
        fetching = Fetching(city.replica, portal, patience=0.3)
        asked = (fetching.fetch(case(serial).stream, {TOWNSHIP}) for serial in range(1, 6))
        async with asyncio.timeout(5):
            ended = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(one) for one in ended] == [Unfetched] * 5
        assert await written(city) == {}


async def test_where_no_portal_is_named_or_none_listens_that_is_said(database: str) -> None:
    async with office(database, "city") as city:
        with pytest.raises(NoPortal):
            await Fetching(city.replica, None).fetch(case(1).stream, {TOWNSHIP})
        nobody = Portal("http://127.0.0.1:9", "a token")
        with pytest.raises(Unfetched):
            await Fetching(city.replica, nobody).fetch(case(1).stream, {TOWNSHIP})
        await nobody.close()


async def test_a_chain_at_the_portal_is_for_operators_alone_and_names_its_head(database: str, tmp_path: Path) -> None:
    chain = below(1)
    async with office(database, "portal") as there, route(there.pool, tmp_path) as at:
        await there.take("township.events", chain.values)
        async with httpx.AsyncClient(base_url=at.address) as client:

            async def ask(number: str, *roles: str) -> httpx.Response:
                headers = {"Authorization": f"Bearer {at.token(*roles)}"} if roles else {}
                return await client.get(f"/api/v1/cases/{number}/chain", headers=headers)

            assert chain.head is not None
            whole = await ask(chain.stream, "operator")
            assert whole.content == b"".join(value + b"\n" for value in chain.values)
            assert (whole.headers["etag"], whole.status_code) == (f'"{chain.head.hex()}"', 200)
            for number, roles, status, code in (
                (chain.stream, (), 401, "token_missing"),
                (chain.stream, ("supervisor", "clerk"), 403, "role_missing"),
                (case(7).stream, ("operator",), 404, "case_unknown"),
                ("unit%2F340400000", ("operator",), 404, "no_such_page"),
                ("no-number", ("operator",), 404, "case_unknown"),
            ):
                refused = await ask(number, *roles)
                assert (refused.status_code, refused.json()["code"]) == (status, code), number
