"""Whoever was restored beside another Kafka is told by others what it had said: wholly, or it hears nothing (B4)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.office import chain
from services.runtime.witnesses import Heard, Unheard, Witnesses
from tests.runtime.records import CITY, DISTRICT, TOWNSHIP, case, travelled
from tests.runtime.replicas import office

RECORD = '{"specversion":"1.0","data":{"name":"一行\u2028两行"}}'.encode()


@asynccontextmanager
async def saying(body: bytes, status: int = 200) -> AsyncIterator[str]:
    """A witness that answers every question with this; its address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
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
        assert await heard(address) == Heard([RECORD], {"340405101-20261122-0001": 2})


@pytest.mark.parametrize("body", [b"", RECORD + b"\n", RECORD + b'\n{"end":2}\n', RECORD[:-4]])
async def test_a_testimony_that_was_cut_off_counts_for_nothing(body: bytes) -> None:
    async with saying(body) as address:
        with pytest.raises(Unheard):
            await heard(address)


async def test_all_witnesses_must_answer() -> None:
    async with saying(b'{"end":0}\n') as address, saying(b"{}", 401) as refuses:
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
            lines = b"".join([part async for part in chain.testimony(portal.pool, [unit], own, upto)]).split(b"\n")
            *records, fence, end, rest = lines
            assert (fence, rest) == (b'{"fence":"340405101-20261122-0009","epoch":3}', b"")
            assert end == b'{"end":%d}' % (len(records) + 1)
            return records

        assert await said(TOWNSHIP, set(), 0) == whole.values
        assert await said("340499", set(), 0) == []
        mine = {CITY, DISTRICT, TOWNSHIP}
        assert await said(TOWNSHIP, mine, 2) == whole.values[:2]
