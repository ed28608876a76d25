"""A citizen with a receipt: reads and asks at the portal, with number and query code and nothing else."""

from dataclasses import dataclass
from uuid import uuid4

from tests.journeys.clerk import Answer, Body, answer
from tests.journeys.fitting import known
from tests.journeys.places import REGISTRATION
from tests.journeys.system import System
from tests.journeys.waiting import until


@dataclass(frozen=True, slots=True)
class Citizen:
    system: System
    number: str
    code: str

    async def asks(self, name: str, key: str | None = None, code: str | None = None, **more: object) -> Answer:
        """Once; a silent portal raises httpx.TransportError."""
        body = {"number": self.number, "code": code or self.code, **more}
        url = f"{self.system.services['portal'].url}/api/v1/track/{name}"
        return answer(await self.system.http.post(url, json=body, headers={"Idempotency-Key": key or uuid4().hex}))

    async def reads(self) -> Body:
        url = f"{self.system.services['portal'].url}/api/v1/track"
        found = answer(await self.system.http.post(url, json={"number": self.number, "code": self.code}))
        assert found.done, found
        return found.body

    async def sees(self, request: str, state: str, seconds: float = 120) -> Body:
        """What became of this request, once it is in that state."""

        async def look() -> Body:
            return next(one for one in (await self.reads())["requests"] if one["request"] == request)

        return await until(look, lambda seen: seen["state"]["code"] == state, seconds)

    async def may(self, name: str) -> None:
        """Return when the portal would take this on."""

        async def look() -> Body:
            return next(one for one in (await self.reads())["actions"] if one["name"] == name)

        await until(look, lambda seen: seen["possible"], 120)


async def citizen(system: System, unit: str, item: str = REGISTRATION) -> Citizen:
    """Of a case that this unit has just received, as soon as the portal opens it."""
    taken = await system.clerk(unit).receive(item)
    assert taken.done, taken
    await until(lambda: known(system.services["portal"].dsn, taken.number), bool, 120)
    return Citizen(system, taken.number, taken.body["query_code"])
