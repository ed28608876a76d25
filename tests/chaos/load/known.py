"""What the people of a case know of it: what a service showed them last, and where they look."""

import time
from dataclasses import dataclass

from tests.chaos.load.deeds import holder
from tests.chaos.load.inbox import Inboxes
from tests.chaos.load.kept import Json
from tests.chaos.load.people import Person
from tests.chaos.load.town import Town

LIVES = 240.0
"""Seconds after which a case is left to whoever finds it."""
LOOK_FIRST, LOOK_LATEST, LOOK_OFFERED = 0.15, 4.0, 2.5
"""Seconds until it is looked whether a case has arrived. What is offered stands in the inbox, which is read anyway."""
LOOKS = 120
NOWHERE = 30
"""How often a case may be found nowhere before it is given up: a restored database may have lost it."""


class Left(Exception):
    """Its people give it up where it lies."""


@dataclass(slots=True)
class Known:
    """`case` as it was shown last, by the service of the unit `shown`. `receiver`: where it is always known."""

    town: Town
    inboxes: Inboxes
    receiver: str
    number: str = ""
    case: Json | None = None
    shown: str = ""
    ends: float = 0.0

    def begin(self, number: str, case: Json | None) -> None:
        """From now on its people look after it."""
        self.number, self.case, self.shown = number, case, self.receiver
        self.ends = time.monotonic() + LIVES

    @property
    def now(self) -> Json:
        """As far as it is known."""
        assert self.case is not None
        return self.case

    def see(self, case: Json, unit: str) -> None:
        """What the service of `unit` shows; others than the holder's may be behind."""
        if self.case is None or unit in (holder(case), holder(self.case)) or _custody(case) > _custody(self.case):
            self.case, self.shown = case, unit

    async def look(self, unit: str) -> None:
        """How it stands, at the service of `unit`. Who does not find it there asks where the papers were handed in.
        Raises Left, Over."""
        pause, nowhere = LOOK_FIRST, 0
        while nowhere < NOWHERE:
            for where in dict.fromkeys((unit, self.receiver)):
                seen = await reader(self.town, where).read(f"/cases/{self.number}")
                if seen.done:
                    self.case, self.shown = seen.body["case"], where
                    return
                nowhere += seen.status == 404
            await self.town.pause(pause)
            pause = self._longer(pause)
        raise Left

    async def arrival(self, unit: str, offered: bool) -> None:
        """Until `unit` has it, or it turns out that it went elsewhere. Raises Left, Over."""
        pause = LOOK_OFFERED if offered else LOOK_FIRST
        order = _custody(self.now)
        for turn in range(LOOKS):
            if offered and await self.inboxes.arrives(unit, self.number, pause):
                self.now["custody"]["arrived"] = True
                return
            if not offered:
                await self.town.pause(pause)
            # Every third time where it was handed in: it may have been given back meanwhile.
            where = unit if turn % 3 < 2 else self.receiver
            seen = await reader(self.town, where).read(f"/cases/{self.number}")
            if seen.done:
                case = seen.body["case"]
                here = holder(case) == where and (case["custody"]["state"] == "held" or case["custody"]["arrived"])
                if here or _custody(case) > order:
                    self.case, self.shown = case, where
                    return
            pause = self._longer(pause)

    async def first_record(self, unit: str) -> str:
        """The hash of the receipt, in hex."""
        seen = await reader(self.town, unit).read(f"/cases/{self.number}/history")
        return seen.body["events"][0]["hash"] if seen.done else "00" * 32

    def _longer(self, pause: float) -> float:
        if time.monotonic() > self.ends:
            raise Left
        return min(pause * 1.7, LOOK_LATEST)


def reader(town: Town, unit: str) -> Person:
    """Who looks things up there."""
    return Person(town, unit, "R01", ("clerk",), "reader")


def _custody(case: Json) -> tuple[int, int]:
    return case["custody"]["epoch"], case["custody"]["term"]
