"""Who asks: people of the offices, each with a token, and citizens with a query code. Each act has its own key."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.chaos.history import kind
from tests.chaos.load.kept import Json
from tests.chaos.load.town import UNKNOWN, Answer, Asked, Town
from tests.journeys.places import tier_of

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds until what has no answer is sent again, twice as long each time."""
DECIDES = ("clerk", "approver")
"""Roles of whoever does every act at a window and decides."""


@dataclass(slots=True)
class Act:
    """The same act however often it is sent. `path`: below `/api/v1`."""

    path: str
    body: Json
    key: str
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of `unit`, asking its service. `what` tells of the role in the history."""

    town: Town
    unit: str
    subject: str
    roles: tuple[str, ...] = DECIDES
    what: str = "clerk"

    def act(self, path: str, body: Json) -> Act:
        """A new one."""
        return Act(path, body, self.town.key())

    async def read(self, path: str) -> Answer:
        return await self.town.read(self._asked(), path)

    async def once(self, act: Act) -> Answer:
        answer = await self.town.post(self._asked(), act.path, act.body, act.key, act.body)
        return _noted(self.town, act, answer)

    async def surely(self, act: Act, chance: Random, *, patient: bool = True) -> Answer:
        """As a careful client: again with the same key until something is known of it, or the day is over. Who is not
        patient leaves it unknown."""
        return await _surely(self, act, chance, patient)

    async def batch(self, acts: list[Act], chance: Random) -> list[Answer]:
        """All in one request; again those of which nothing is known."""
        answers = [UNKNOWN] * len(acts)
        left, pause = list(range(len(acts))), FIRST_PAUSE
        while left:
            said = [(acts[n].path, acts[n].body, acts[n].key) for n in left]
            for n, answer in zip(left, await self.town.post_all(self._asked(), said), strict=True):
                answers[n] = _noted(self.town, acts[n], answer)
            left = [n for n in left if not answers[n].settled]
            if left:
                pause = await _pause(self.town, pause, chance)
        return answers

    def _asked(self) -> Asked:
        token = self.town.world.token(self.unit, self.roles, self.subject)
        who = f"{self.what}/{self.unit}/{self.subject}"
        return Asked(who, self.unit, tier_of(self.unit), f"Authorization: Bearer {token}\r\n")


@dataclass(frozen=True, slots=True)
class Citizen:
    """Who brought the papers of case `number`. `address`: where the portal sees this person come from, whose tries with
    a code that is not there yet count for nobody else."""

    town: Town
    number: str
    code: str
    address: str

    def act(self, asks: str, **more: object) -> Act:
        """`asks`: the last word of the route under `/track`."""
        return Act(f"/track/{asks}", {"number": self.number, **more}, self.town.key())

    async def tracks(self) -> Answer:
        said: Json = {"number": self.number}
        return await self.town.post(self._asked(), "/track", {**said, "code": self.code}, None, said)

    async def once(self, act: Act) -> Answer:
        body = {**act.body, "code": self.code}
        return _noted(self.town, act, await self.town.post(self._asked(), act.path, body, act.key, act.body))

    async def surely(self, act: Act, chance: Random, *, patient: bool = True) -> Answer:
        """As `Person.surely`."""
        return await _surely(self, act, chance, patient)

    def _asked(self) -> Asked:
        # As the proxy on the portal's machine names its clients.
        return Asked(f"citizen/{self.number}", "portal", "portal", f"X-Forwarded-For: {self.address}\r\n")


async def together(*doing: Coroutine[Any, Any, Answer]) -> list[Answer]:
    """At the same instant; each is seen to its end whatever becomes of the others."""
    found = await asyncio.gather(*doing, return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException):
            raise one
    return [one for one in found if isinstance(one, Answer)]


async def twice(by: "Person | Citizen", act: Act, chance: Random) -> Answer:
    """Sent two times at the same instant, as by a finger that slipped."""
    first, second = await together(by.surely(act, chance), by.once(act))
    return first if first.done or not second.done else second


async def _surely(by: "Person | Citizen", act: Act, chance: Random, patient: bool) -> Answer:
    pause = FIRST_PAUSE
    while True:
        answer = await by.once(act)
        if answer.settled or not patient:
            return answer
        pause = await _pause(by.town, pause, chance)


async def _pause(town: Town, pause: float, chance: Random) -> float:
    await town.pause(pause * chance.uniform(0.5, 1.5))
    return min(2 * pause, LONGEST_PAUSE)


def _noted(town: Town, act: Act, answer: Answer) -> Answer:
    if answer.done and not act.acknowledged:
        act.acknowledged = True
        town.history.acts[kind("POST", f"/api/v1{act.path}")] += 1
    return answer
