"""Where a follower of the log is: the row in the database counts, a process remembers it as it last saw it.

So whatever is read past a remembered checkpoint is read together with where that is (`read`), and written with a
compare-and-set on it. On the same session: none outlives a crash in which the database forgot its last commits. Or,
where that cannot be, after a look whether what was read is still in the log (`move`).

A follower that begins where the log is filled already, because it is new or a migration emptied its view, is being
built until it has passed the end that the log had then. What it keeps lacks so long whatever it has not come to, and
nobody sees that from its rows: so `/readyz`, the metrics and the service's own log say it.
"""

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import structlog

from services.runtime.entry import Entry
from services.runtime.lately import Wanted
from services.runtime.statements import statement
from services.runtime.tide import Tide

if TYPE_CHECKING:
    from services.runtime.companion import Connected, Database

log = structlog.get_logger(__name__)
SAY_EVERY = 30.0
"""Seconds between two lines about one follower."""
KEEP_EVERY = 200
"""Positions that may go by, with nothing in them for a follower, before its checkpoint is moved past them."""


class Look(Protocol):
    """What a follower found in the log, with its checkpoint as of the same instant. `stored` is where that is, None
    where there is none yet; `building` as it keeps it; `upto` the end of the log; nothing is left out up to `reached`.
    """

    @property
    def stored(self) -> int | None: ...
    @property
    def building(self) -> int | None: ...
    @property
    def upto(self) -> int: ...
    @property
    def reached(self) -> int: ...


L = TypeVar("L", bound=Look)


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
        self.stored: int | None = None
        """Where the row in the database was when it was last seen."""
        self._follower = follower
        self._said: float | None = None

    async def begin(self, db: "Database") -> tuple[int, int]:
        """Its position, and the end of the log. In a transaction no other process gets it before that ends."""
        begun = await db.fetchrow(statement("follow/begin"), self._follower)
        assert begun is not None
        self._seen(begun["pos"], begun["building"])
        return begun["pos"], begun["upto"]

    async def advance(self, db: "Database", reached: int) -> None:
        await db.execute(statement("follow/advance"), self._follower, reached)

    async def read(self, connection: "Connected", look: "Callable[[int], Awaitable[L]]") -> "L":
        """What `look` finds past the checkpoint, without locking it: nearly always one statement."""
        while True:
            pos = self.stored if self.stored is not None else (await self.begin(connection))[0]
            found = await look(pos)
            if found.stored is None:
                self.stored = None
                continue
            self._seen(found.stored, found.building)
            if found.stored == pos:
                return found

    async def awaits(self, tide: Tide, wanted: Wanted, seconds: float) -> bool:
        """`Tide.brings` for this follower: what goes by moves it in this process alone, and the next look begins where
        its row is. While it is being built everything is looked at."""
        if self.building is not None:
            return await tide.past(self.pos, seconds)
        return await tide.brings(wanted, self.pos, seconds, self.passed)

    async def move(self, db: "Database", look: Look, last: Entry | None = None) -> bool:
        """Move it past what was found, `last` the last of it; False when it is no longer where that was looked for, or
        `last` is not in the log any more."""
        at, hash_ = (last.pos, last.hash) if last is not None else (None, None)
        moved = await db.fetchval(statement("follow/keep"), self._follower, look.reached, look.stored, at, hash_)
        self.moved(moved)
        return moved is not None

    def moved(self, pos: int | None) -> None:
        """The row was moved there; None: it was not, and where it is now is to be seen."""
        if pos is not None:
            self.stored = pos

    async def go_by(self, connection: "Connected", look: Look, *, keep: bool) -> None:
        """Nothing of what was looked at is for this follower. The row is moved when much went by, or `keep` says so;
        on the session that looked."""
        assert look.stored is not None
        if look.reached > look.stored and (keep or self.building or look.reached - look.stored >= KEEP_EVERY):
            await self.move(connection, look)
        self.passed(look.reached)

    def _seen(self, pos: int, building: int | None) -> None:
        self.stored = pos
        if building is None:
            self._whole(pos)
        else:
            self.building = Building(pos, building)

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
