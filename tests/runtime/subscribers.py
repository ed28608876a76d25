"""Subscribers without Kafka: a server that keeps what it is sent and checks signatures by code of its own."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI, Request
from fastapi.responses import Response

from services.runtime.http.server import Server
from tests.runtime.replicas import Running

ORIGIN = "the-office"


@dataclass(frozen=True, slots=True)
class Sent:
    """One request, as it came."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def stream(self) -> str:
        return str(json.loads(self.body)["subject"])

    @property
    def seq(self) -> int:
        return int(json.loads(self.body)["seq"])

    def is_signed_with(self, secret: str) -> bool:
        """As Standard Webhooks says, written apart from what signs."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        said = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        wanted = base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
        return f"v1,{wanted}" in self.headers["webhook-signature"].split(" ")


@dataclass
class Subscriber:
    """`answer` gives the status for each request; `taken` are those that were answered 2xx, `refused` the others."""

    answer: Callable[[Sent], int] = lambda _: 204
    allowed: str | None = ORIGIN
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    taken: list[Sent] = field(default_factory=list[Sent])
    refused: list[Sent] = field(default_factory=list[Sent])
    url: str = ""
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        async def hook(request: Request) -> Response:
            if request.method == "OPTIONS":
                return Response(headers={} if self.allowed is None else {"WebHook-Allowed-Origin": self.allowed})
            sent = Sent(dict(request.headers), await request.body())
            status = self.answer(sent)
            (self.taken if status < 300 else self.refused).append(sent)
            self._came.set()
            return Response(status_code=status, headers=dict(self.headers))

        app.add_api_route("/hook", hook, methods=["POST", "OPTIONS"])
        return app

    async def until(self, done: Callable[[], bool], seconds: float = 30.0) -> None:
        """Return as soon as what came makes it true."""
        async with asyncio.timeout(seconds):
            while not done():
                self._came.clear()
                await self._came.wait()

    def told(self, stream: str) -> list[int]:
        """Numbers of this case's events, in the order in which they were taken."""
        return [sent.seq for sent in self.taken if sent.stream == stream]


@asynccontextmanager
async def listening(subscriber: Subscriber, port: int = 0) -> AsyncIterator[Subscriber]:
    """It answers meanwhile, at this port (0: any)."""
    server = Server(subscriber.app(), "127.0.0.1", port, 2)
    async with Running(server.serve()):
        await server.started()
        subscriber.url = f"http://127.0.0.1:{server.port}/hook"
        try:
            yield subscriber
        finally:
            await server.end()
