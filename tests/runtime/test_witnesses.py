"""Whoever was restored beside another Kafka is told by others what it had said: wholly, or it hears nothing (B4)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from services.office import chain
from services.runtime.witnesses import Heard, Unheard, Witnesses
from tests.runtime.records import CITY, DISTRICT, TOWNSHIP, case, travelled
from tests.runtime.replicas import Office, office

STREAM = "340405101-20261122-0001"
RECORD = '{"specversion":"1.0","subject":"340405101-20261122-0001","data":{"name":"一行\u2028两行"}}'.encode()
COPIED = "stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, prev, hash, topic"


@asynccontextmanager
async def saying(*bodies: bytes, status: int = 200, asked: list[str] | None = None) -> AsyncIterator[str]:
    """A witness that answers with these in turn, the last for ever; its address. `asked`: where each page began."""
    turns = iter(bodies[:-1])

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        question = (await reader.readuntil(b"\r\n\r\n")).decode().split()[1]
        if asked is not None:
            asked.append(parse_qs(urlsplit(question).query, keep_blank_values=True)["after"][0])
        body = next(turns, bodies[-1])
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(body)) + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def heard(*addresses: str) -> Heard:
    whole = Heard()
    async for page in Witnesses(addresses, "a token").testify({TOWNSHIP}):
        whole.records += page.records
        whole.fences |= page.fences
    return whole


async def test_a_testimony_is_records_and_fences_as_they_are_kept() -> None:
    body = RECORD + b'\n{"fence":"340405101-20261122-0001","epoch":2}\n{"end":2}\n'
    async with saying(body) as address:
        assert await heard(address) == Heard([(STREAM, RECORD)], {"340405101-20261122-0001": 2})


async def test_page_after_page_is_asked_for_and_one_that_was_cut_off_is_asked_for_again() -> None:
    first, last = RECORD + b'\n{"end":1,"next":"340405101-20261122-0007"}\n', b'{"end":0}\n'
    asked: list[str] = []
    async with saying(first, RECORD[:-4], b"<html>502</html>", last, asked=asked) as address:
        assert await heard(address) == Heard([(STREAM, RECORD)])
    assert asked == ["", *["340405101-20261122-0007"] * 3]


@pytest.mark.parametrize(
    "body",
    [
        b"<html>\n<body>Welcome</body>\n</html>\n",
        b'"a text"\n{"end":1}\n',
        b'{"status":"ok"}\n',
        b'{"status":"ok"}\n{"end":1}\n',
        b'{"fence":7,"epoch":2}\n{"end":1}\n',
        b'{"end":"none"}\n',
        b'{"end":0}\n{"end":0}\n',
        b'{"end":0,"next":""}\n',
        b'{"end":0,"next":5}\n',
        b"\xff\xfe\n",
        b"[" * 300_000,
    ],
)
async def test_an_answer_that_is_no_testimony_is_one_more_reason_to_ask_again(body: bytes) -> None:
    async with saying(body) as address:
        with pytest.raises(Unheard):
            await heard(address)


@pytest.mark.parametrize("body", [b"", RECORD + b"\n", RECORD + b'\n{"end":2}\n', RECORD[:-4]])
async def test_a_testimony_that_was_cut_off_counts_for_nothing(body: bytes) -> None:
    async with saying(body) as address:
        with pytest.raises(Unheard):
            await heard(address)


async def test_all_witnesses_must_answer() -> None:
    async with saying(b'{"end":0}\n') as address, saying(b"{}", status=401) as refuses:
        assert await heard(address, address) == Heard()
        for silent in (refuses, "http://127.0.0.1:1"):
            with pytest.raises(Unheard):
                await heard(address, silent)


async def test_a_witness_gives_all_it_has_of_a_unit_but_what_it_has_not_said_itself(database: str) -> None:
    async with office(database) as portal:
        whole, other = travelled(1), case(2, DISTRICT)
        await portal.take(portal.host.topics.feed("township"), whole.values)
        await portal.take(portal.host.topics.feed("district"), other.values)
        await portal.pool.execute("insert into fence (stream, epoch) values ('340405101-20261122-0009', 3)")

        async def said(unit: str, own: set[str], upto: int) -> list[bytes]:
            records, fences, _ = await told(portal, unit, own, upto)
            assert fences == [b'{"fence":"340405101-20261122-0009","epoch":3}']
            return records

        assert await said(TOWNSHIP, set(), 0) == whole.values
        assert await said("340499", set(), 0) == []
        mine = {CITY, DISTRICT, TOWNSHIP}
        assert await said(TOWNSHIP, mine, 2) == whole.values[:2]


async def told(
    portal: Office, unit: str, own: set[str], upto: int, limit: int = 1000
) -> tuple[list[bytes], list[bytes], int]:
    """Records, fences and how many pages it took; each page counts its lines."""
    records: list[bytes] = []
    fences: list[bytes] = []
    after, pages = "", 0
    while True:
        page = chain.testimony(portal.pool, [unit], own, upto, after, limit)
        *lines, end, rest = b"".join([part async for part in page]).split(b"\n")
        said = orjson.loads(end)
        assert (said["end"], rest) == (len(lines), b"")
        fences += [line for line in lines if line.startswith(b'{"fence":')]
        records += [line for line in lines if not line.startswith(b'{"fence":')]
        pages += 1
        if "next" not in said:
            return records, fences, pages
        after = said["next"]


async def test_pages_give_what_lies_anywhere_each_stream_once_and_whole(database: str) -> None:
    async with office(database) as portal:
        chains = [travelled(serial) for serial in range(1, 7)]
        await portal.take(portal.host.topics.feed("township"), [value for one in chains for value in one.values])
        for at, place in enumerate(("parked", "staged", "quarantined")):
            more = ("", "") if place != "quarantined" else (", reason", ", 'unsigned'")
            await portal.pool.execute(
                "with moved as (delete from log where stream = $1 returning *) "
                f"insert into {place} ({COPIED}{more[0]}) select {COPIED}{more[1]} from moved",
                chains[at].stream,
            )
        await portal.pool.execute("update log set live = false where stream = $1", chains[3].stream)
        await portal.pool.execute("update log set live = false where stream = $1 and seq > 3", chains[4].stream)
        fenced = (chains[2].stream, "340405101-20261122-0009")
        await portal.pool.executemany("insert into fence (stream, epoch) values ($1, 3)", [(one,) for one in fenced])

        everything = [value for one in chains for value in one.values]
        lines = [b'{"fence":"%s","epoch":3}' % one.encode() for one in fenced]
        for limit, pages in ((1, 7), (2, 4), (7, 1), (1000, 1)):
            assert await told(portal, TOWNSHIP, set(), 0, limit) == (everything, lines, pages)
            assert await told(portal, "340499", set(), 0, limit) == ([], lines, pages)
