"""Where a follower of the log is: the row in the database counts, a process remembers it as it last saw it.

A follower that begins where the log is filled already, because it is new or a migration emptied its view, is being
built until it has passed the end that the log had then. What it keeps lacks so long whatever it has not come to, and
nobody sees that from its rows: so `/readyz`, the metrics and the service's own log say it.
"""

import time
from typing import TYPE_CHECKING, NamedTuple

import structlog

from services.runtime.statements import statement
from services.runtime.tide import Tide

if TYPE_CHECKING:
    from services.runtime.companion import Connected, Database

log = structlog.get_logger(__name__)
SAY_EVERY = 30.0
"""Seconds between two lines about one follower."""


class Building(NamedTuple):
    """`of` is where the log ended when the follower began, `pos` how far it has come since."""

    pos: int
    of: int

    @property
    def left(self) -> int:
        return self.of - self.pos


class Checkpoint(Tide):
    """Of one follower, by the name under which it is stored. As a tide it tells how far this process has seen it."""

    def __init__(self, follower: str) -> None:
        super().__init__()
        self.building: Building | None = None
        """None once it has been through all that there was when it began."""
        self._follower = follower
        self._said: float | None = None

    async def begin(self, db: "Database") -> tuple[int, int]:
        """Its position, and the end of the log. In a transaction no other process gets it before that ends."""
        begun = await db.fetchrow(statement("follow/begin"), self._follower)
        assert begun is not None
        pos, building = begun["pos"], begun["building"]
        if building is None:
            self._whole(pos)
        else:
            self.building = Building(pos, building)
        return pos, begun["upto"]

    async def advance(self, db: "Database", reached: int) -> None:
        await db.execute(statement("follow/advance"), self._follower, reached)

    def passed(self, reached: int) -> None:
        """What was done up to there is committed; wakes those who wait for it."""
        if self.building is not None:
            now = self.building._replace(pos=reached)
            if now.left > 0:
                self._goes_on(now)
            else:
                self._whole(reached)
        self.rise(reached)

    def _goes_on(self, now: Building) -> None:
        self.building = now
        if self._said is None or time.monotonic() - self._said >= SAY_EVERY:
            self._said = time.monotonic()
            log.info("follower_being_built", follower=self._follower, pos=now.pos, of=now.of)

    def _whole(self, pos: int) -> None:
        if self._said is not None:
            log.info("follower_built", follower=self._follower, pos=pos)
        self.building = self._said = None


async def again(connection: "Connected", follower: str) -> None:
    """Send a follower through the whole log once more; in the transaction in which what it kept is emptied."""
    await connection.execute(statement("follow/again"), follower)
