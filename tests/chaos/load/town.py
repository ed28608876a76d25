"""The world as its people see it: where services are, what was asked and answered, and whether the day is over."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol
from uuid import uuid4

import orjson

from tests.chaos.history import History
from tests.chaos.load.kept import Json, kept
from tests.chaos.load.wire import Silent, Wire

CONNECTIONS = 24
"""To each service."""
PATIENCE = 10.0
"""Seconds for one answer."""
NOTHING_WRITTEN = frozenset({"not_writable", "key_missing", "case_unread", "feeds_unread", "busy"})
"""Codes of a 503 that is said before anything is written; any other may come after it."""


class Serving(Protocol):
    @property
    def url(self) -> str: ...


class World(Protocol):
    """`services` by tier, the portal among them; `token` signs for a person of a unit."""

    @property
    def services(self) -> Mapping[str, Serving]: ...

    def token(self, unit: str, roles: tuple[str, ...], subject: str) -> str: ...


class Over(Exception):
    """The day is over: nothing new is asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is None when nobody knows what became of it. `settled`: it is no use to send the same again; it is where
    nothing is known, where the service could not write, and where a clock that is wrong made a token look invalid."""

    status: int | None
    body: Json = field(default_factory=dict[str, Any])

    @property
    def done(self) -> bool:
        return self.status is not None and self.status < 300

    @property
    def settled(self) -> bool:
        return self.status is not None and self.status < 500 and self.status != 401 and self.code != "contended"

    @property
    def code(self) -> str | None:
        """Of a problem."""
        return None if self.done else self.body.get("code")

    @property
    def case(self) -> Json | None:
        """As the service shows it, of what was done, or as it stands in the way of what was not."""
        found = self.body.get("case") if self.done else self.body.get("state")
        return found if isinstance(found, dict) and "custody" in found else None


UNKNOWN = Answer(None)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is sent: `who` sends it for `unit` to `service`, with these header lines."""

    who: str
    unit: str
    service: str
    headers: str


class Town:
    """Of one load. `over` ends it."""

    def __init__(self, world: World, history: History) -> None:
        self.world = world
        self.history = history
        self.over = asyncio.Event()
        self._wires = {
            tier: Wire(lambda tier=tier: world.services[tier].url, CONNECTIONS, PATIENCE) for tier in world.services
        }
        self._mark, self._keys = uuid4().hex[:8], count(1)

    def key(self) -> str:
        """The unique mark of an act."""
        return f"{self._mark}-{next(self._keys)}"

    async def pause(self, seconds: float) -> None:
        """Raises Over as soon as the day is over."""
        try:
            async with asyncio.timeout(seconds):
                await self.over.wait()
        except TimeoutError:
            return
        raise Over

    async def read(self, by: Asked, path: str) -> Answer:
        async with self._turn(by) as wire:
            id_ = self.history.call(by.who, by.unit, by.service, "GET", f"/api/v1{path}")
            return await self._answer(wire, by, "GET", path, b"", [id_])

    async def post(self, by: Asked, path: str, body: Json, key: str | None, shown: Json) -> Answer:
        """`shown` of the body goes into the history."""
        async with self._turn(by) as wire:
            id_ = self.history.call(by.who, by.unit, by.service, "POST", f"/api/v1{path}", key=key, body=shown)
            headed = (
                by if key is None else Asked(by.who, by.unit, by.service, f"{by.headers}Idempotency-Key: {key}\r\n")
            )
            return await self._answer(wire, headed, "POST", path, orjson.dumps(body), [id_])

    async def post_all(self, by: Asked, acts: list[tuple[str, Json, str]]) -> list[Answer]:
        """Path, body and key of each; in one request."""
        async with self._turn(by) as wire:
            ids: list[int] = []
            for path, body, key in acts:
                more = {"key": key, "body": body, "batch": ids[0] if ids else None}
                ids.append(self.history.call(by.who, by.unit, by.service, "POST", f"/api/v1{path}", **more))
            said = orjson.dumps({"acts": [_batched(*act) for act in acts]})
            answer = await self._answer(wire, by, "POST", "/acts", said, ids, batch=True)
            if not answer.done:
                return [answer for _ in acts]
            return [Answer(one["status"], one["body"]) for one in answer.body["answers"]]

    def close(self) -> None:
        for wire in self._wires.values():
            wire.close()

    @asynccontextmanager
    async def _turn(self, by: Asked) -> AsyncIterator[Wire]:
        async with self._wires[by.service].turn() as wire:
            if self.over.is_set():
                raise Over
            yield wire

    async def _answer(
        self, wire: Wire, by: Asked, method: str, path: str, body: bytes, ids: list[int], *, batch: bool = False
    ) -> Answer:
        """Writes down what came for each of the calls `ids`."""
        typed = "Content-Type: application/json\r\n" if method == "POST" else ""
        why = "Cancelled"
        try:
            status, raw = await wire.ask(method, f"/api/v1{path}", by.headers + typed, body)
            said: Json = orjson.loads(raw)
        except Silent as silent:
            why = str(silent)
        except orjson.JSONDecodeError:
            why = "Unreadable"
        else:
            done = batch and status < 300
            every = [(one["status"], one["body"]) for one in said["answers"]] if done else [(status, said)] * len(ids)
            for id_, (of, about) in zip(ids, every, strict=True):
                self._noted(id_, of, about, method)
            ids = []
            return Answer(status, said)
        finally:
            for id_ in ids:
                self.history.unknown(id_, why)
        return UNKNOWN

    def _noted(self, id_: int, status: int, body: Json, method: str) -> None:
        if status < 300:
            self.history.ok(id_, status, kept(body))
        elif status < 500 or method == "GET" or body.get("code") in NOTHING_WRITTEN:
            self.history.failed(id_, status, kept(body))
        else:
            self.history.unknown(id_, f"{status} {body.get('code')}")


def _batched(path: str, body: Json, key: str) -> Json:
    match path.split("/"):
        case [_, _, number, act]:
            return {"key": key, "act": act, "number": number, "body": body}
        case _:
            return {"key": key, "act": "receive", "body": body}
