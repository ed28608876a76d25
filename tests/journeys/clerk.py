"""A person at a counter: does acts over HTTP and reads the answers, problems included."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.journeys.places import REGISTRATION
from tests.journeys.waiting import until

Body = dict[str, Any]
ZHANG: Body = {
    "name": "张三",
    "document_kind": "resident_id",
    "document_number": "340405199001011234",
    "phone": "13800000000",
}
SEND_AGAIN = frozenset({502, 503})


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Body

    @property
    def done(self) -> bool:
        return self.status < 300

    @property
    def code(self) -> str | None:
        """Of a problem."""
        return self.body.get("code")

    @property
    def case(self) -> Body:
        """Of an act that was done."""
        assert self.done, f"{self.status} {self.body}"
        return self.body["case"]

    @property
    def number(self) -> str:
        return self.case["number"]


def answer(response: httpx.Response) -> Answer:
    """Whatever is no success has to be a problem with code, status and both languages."""
    found = Answer(response.status_code, response.json())
    if not found.done:
        assert response.headers["content-type"] == "application/problem+json", response.text
        assert found.body["status"] == found.status
        assert {"type", "title", "code", "detail", "detail_zh"} <= found.body.keys()
    return found


@dataclass(frozen=True, slots=True)
class Clerk:
    """`unit` is where this person works; `url` its service."""

    http: httpx.AsyncClient
    url: str
    unit: str
    token: str

    async def post(self, path: str, body: Body, key: str | None = None) -> Answer:
        """Once; a silent service raises httpx.TransportError."""
        return answer(await self._send("POST", path, body, key or uuid4().hex))

    async def get(self, path: str, **query: str | int) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}"}
        return answer(await self.http.get(f"{self.url}/api/v1{path}", params=query, headers=headers))

    async def surely(self, path: str, body: Body, key: str) -> Answer:
        """As a careful client: the same act with the same key again while the service is silent or cannot write."""

        async def once() -> Answer | None:
            try:
                found = await self.post(path, body, key)
            except httpx.TransportError:
                return None
            return None if found.status in SEND_AGAIN or found.code == "contended" else found

        found = await until(once, lambda seen: seen is not None, 90)
        assert found is not None
        return found

    async def receive(self, item: str = REGISTRATION, key: str | None = None, **more: object) -> Answer:
        return await self.post("/cases", receipt(item, **more), key)

    async def act(self, number: str, act: str, key: str | None = None, **body: object) -> Answer:
        return await self.post(f"/cases/{number}/{act}", body, key)

    async def case(self, number: str) -> Answer:
        return await self.get(f"/cases/{number}")

    async def sees(self, number: str, seconds: float = 60, **wanted: object) -> Body:
        """The case as this unit sees it, once `wanted` holds of its fields, or of its custody's."""

        async def look() -> Answer:
            return await self.case(number)

        def holds(seen: Answer) -> bool:
            if not seen.done:
                return False
            fields = {**seen.case, **seen.case["custody"]}
            return all(fields.get(name) == value for name, value in wanted.items())

        return (await until(look, holds, seconds)).case

    async def arrived(self, number: str, seconds: float = 60) -> Body:
        """The case, once its handover arrived here."""

        async def look() -> Answer:
            return await self.case(number)

        def here(seen: Answer) -> bool:
            custody = seen.case["custody"] if seen.done else {}
            return custody.get("arrived", False) and self.unit in (custody.get("to") or custody["unit"],)

        return (await until(look, here, seconds)).case

    async def listed(self, path: str, **query: str | int) -> list[Body]:
        """All pages of a worklist or inbox."""
        found: list[Body] = []
        while True:
            page = await self.get(path, limit=200, **query)
            assert page.done, page
            found += page.body["cases"]
            if "next" not in page.body:
                return found
            query["cursor"] = page.body["next"]

    async def _send(self, method: str, path: str, body: Body, key: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        return await self.http.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers)


def receipt(item: str = REGISTRATION, **more: object) -> Body:
    """The body of POST /cases."""
    return {"item": item, "channel": "window", "applicant": ZHANG, **more}
