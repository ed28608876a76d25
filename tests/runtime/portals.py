"""Portals that a service asks for a case: the real route over a log, and one that answers whatever it is told to."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.envelope import digest
from services.office import chains_api
from services.runtime.fetching import Portal
from services.runtime.http.app import create
from services.runtime.http.server import Server
from services.runtime.issuer import Issuer, issue, make_issuer
from services.runtime.metrics import Metrics
from services.runtime.tokens import Actor, Verifier
from tests.runtime.records import CITY
from tests.runtime.replicas import Running

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool


class Route:
    """Where the portal's own route is, and who signs the tokens that it takes."""

    def __init__(self, address: str, issuer: Issuer) -> None:
        self.address = address
        self._issuer = issuer

    def token(self, *roles: str) -> str:
        actor = Actor("O01", CITY, None, frozenset(roles))
        return issue(self._issuer, actor, at=datetime.now(UTC), lifetime=timedelta(hours=1))

    @asynccontextmanager
    async def portal(self) -> AsyncIterator[Portal]:
        """Asked with the token of an operator."""
        portal = Portal(self.address, self.token("operator"))
        try:
            yield portal
        finally:
            await portal.close()


@asynccontextmanager
async def route(pool: "Pool[Record]", folder: Path) -> AsyncIterator[Route]:
    """`GET /cases/{number}/chain` as the portal has it, over this log."""
    issuer = make_issuer(folder / "issuer")
    app = create("portal", "0", Metrics("portal"))
    app.include_router(chains_api.of_one_case(pool, Verifier({issuer.kid: issuer.key})))
    server = Server(app, "127.0.0.1", 0, 5)
    async with Running(server.serve()):
        await server.started()
        try:
            yield Route(f"http://127.0.0.1:{server.port}", issuer)
        finally:
            await server.end()


def told(values: Sequence[bytes], head: bytes | None = None) -> bytes:
    """A whole answer with these records, which promises the last of them as the head unless it is said."""
    etag = (head if head is not None else digest(values[-1]) if values else b"").hex()
    return said(b"".join(value + b"\n" for value in values), f'ETag: "{etag}"')


def said(body: bytes, *headers: str, status: int = 200) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@asynccontextmanager
async def answering(answer: bytes | None) -> AsyncIterator[Portal]:
    """A portal that answers every question so and hangs up; None: it listens and never says a word."""
    ended = asyncio.Event()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if answer is None:
            await ended.wait()
        else:
            writer.write(answer)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(one, "127.0.0.1", 0) as server:
        portal = Portal(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "a token")
        try:
            yield portal
        finally:
            ended.set()
            await portal.close()
