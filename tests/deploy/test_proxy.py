"""A link that can be cut and mended, as the fault tests need it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from deploy.local import Proxy
from deploy.local.ports import free_port


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """In front of a server that gives back what it gets."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    far = free_port()
    async with await asyncio.start_server(echo, "127.0.0.1", far), Proxy(free_port(), far) as proxy:
        yield proxy


async def said(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, word: bytes) -> bytes:
    writer.write(word)
    return await reader.read(100)


async def test_a_whole_link_passes_everything_on(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await said(reader, writer, b"ping") == b"ping"
    writer.close()


async def test_a_cut_link_breaks_connections_and_refuses_new_ones_until_mended(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await said(reader, writer, b"ping") == b"ping"
    await proxy.cut()
    with suppress(ConnectionResetError):
        assert await reader.read(100) == b""
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", proxy.port)
    await proxy.mend()
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await said(reader, writer, b"again") == b"again"
    writer.close()


async def test_a_silent_link_keeps_the_connection_and_passes_on_later_what_was_said(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    await proxy.cut(silent=True)
    writer.write(b"held back")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(100), 0.2)
    await proxy.mend()
    assert await reader.read(100) == b"held back"
    writer.close()
