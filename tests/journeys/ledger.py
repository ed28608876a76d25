"""What the services acknowledged, taken from the wire, and whether the chains say the same: each act once, no other.

It shares no code with what it checks: a command is SHA-256(unit NUL Idempotency-Key), whoever computes it.
"""

import asyncio
import base64
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any

import httpx

BY_ITSELF = frozenset({"service", "clock"})
"""The actors of what nobody decides: the service, and the law."""
BESIDE = ("request/", "supervision/")
"""Streams beside cases that acts on a case begin."""


class Ledger(httpx.AsyncBaseTransport):
    """Stands between a client and the wire and notes every act that was answered with 2xx."""

    def __init__(self, connections: int = 20) -> None:
        # One pool a service: each request looks at every connection of its pool.
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._wires = defaultdict[int | None, httpx.AsyncHTTPTransport](lambda: httpx.AsyncHTTPTransport(limits=limits))
        self.acts: dict[bytes, str] = {}
        """The stream that each acknowledged command was written to."""
        self._grown = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._wires[request.url.port].handle_async_request(request)
        if request.method == "POST" and response.is_success:
            self._note(request, await response.aread())
        return response

    async def reaches(self, count: int) -> None:
        """Return when so many acts are acknowledged."""
        while len(self.acts) < count:
            self._grown.clear()
            await self._grown.wait()

    async def aclose(self) -> None:
        for wire in self._wires.values():
            await wire.aclose()

    def _note(self, request: httpx.Request, answer: bytes) -> None:
        path = request.url.path
        if path.startswith("/api/v1/track/"):
            # A citizen has no token, and the key counts for the one case.
            said, number = json.loads(answer), json.loads(request.content)["number"]
            self._done("portal", f"{number}/{request.headers['idempotency-key']}", said)
            return
        if path == "/api/v1/track":
            return
        unit, said = _unit(request.headers["authorization"]), json.loads(answer)
        if path == "/api/v1/acts":
            for one in said["answers"]:
                if one["status"] < 300:
                    self._done(unit, one["key"], one["body"])
        elif path.startswith("/api/v1/cases") and not path.endswith("/clock"):
            self._done(unit, request.headers["idempotency-key"], said)

    def _done(self, unit: str, key: str, body: Mapping[str, Any]) -> None:
        command = sha256(f"{unit}\0{key}".encode()).digest()
        stream = _written(body)
        assert self.acts.setdefault(command, stream) == stream, f"one key, two answers: {stream} {self.acts[command]}"
        self._grown.set()

    def differences(self, chains: Mapping[str, Iterable[bytes]], superseded: Collection[bytes]) -> list[str]:
        """How these chains differ from what was acknowledged, in words. `superseded`: commands of acts that lost
        against an assumed custody; nothing else that was acknowledged may be missing."""
        found: dict[bytes, Counter[str]] = defaultdict(Counter)
        for stream, records in chains.items():
            if "/" in stream and not stream.startswith(BESIDE):
                continue
            for envelope in map(json.loads, records):
                if envelope["actor"] not in BY_ITSELF:
                    found[bytes.fromhex(envelope["command"])][f"{stream} {envelope['type']}"] += 1
        there = {c: {place.partition(" ")[0] for place in n} for c, n in found.items()}
        lost = [
            f"{stream} lost the act {c.hex()}" for c, stream in self.acts.items()
            if stream not in there.get(c, ()) and c not in superseded
        ]  # fmt: skip
        twice = [f"{c.hex()} stands in {dict(n)}" for c, n in found.items() if len(there[c]) > 1 or max(n.values()) > 1]
        unheard = [f"{dict(n)} was never acknowledged" for c, n in found.items() if n and c not in self.acts]
        return lost + twice + unheard


def _written(body: Mapping[str, Any]) -> str:
    """The stream that the answer to an act says it wrote to."""
    if "order" in body:
        return str(body["order"]["order"])
    return f"request/{body['request']}" if "request" in body else str(body["case"]["number"])


def _unit(authorization: str) -> str:
    payload = authorization.removeprefix("Bearer ").split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=="))["unit"])
