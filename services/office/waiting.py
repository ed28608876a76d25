"""Which requests about cases wait for their answer, and for whom: a view over the streams of requests and of cases."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from contracts.requests import Request
from services.casework.answering import KINDS
from services.casework.case import Case, holder
from services.runtime.checkpoint import Checkpoint
from services.runtime.entry import stored_event
from services.runtime.fold import Loaded
from services.runtime.statements import statements
from services.runtime.streams import Streams
from services.runtime.tide import Tide
from services.runtime.turns import take_turns

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

    from services.runtime.companion import Connected, Database

statement = statements(__file__)
NAME = "waiting"
"""Of the follower, and of its table."""
PAGE = 2000
LOOK_EVERY = 0.5
LOOKS = 4
"""How often it is looked whether the view has come as far as the log had."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of table `waiting`."""

    stream: str
    about: str
    kind: str
    asker: str
    at: datetime
    holder: str | None
    waits: bool

    @property
    def request(self) -> str:
        """Its id."""
        return self.stream.partition("/")[2]


async def requested(db: "Database", streams: Sequence[str]) -> list[Waiting]:
    """A row for each of these requests, as if nobody had looked at its case yet. Without those that are answered
    elsewhere than on a chain: a supervision order has a stream of its own."""
    found: list[Waiting] = []
    for row in await db.fetch(statement("requests_read"), streams):
        event = stored_event(row["type"], row["value"])
        assert isinstance(event, Request)
        if (kind := KINDS.get(type(event))) is not None:
            found.append(Waiting(row["stream"], event.case, kind, row["unit"], row["time"], None, True))
    return found


def looked_at(row: Waiting, case: Loaded[Case] | None) -> Waiting:
    """The row when its case is so; None: not here."""
    who = holder(case.state) if case else None
    waits = case is None or case.state.answer(row.request) is None
    return Waiting(row.stream, row.about, row.kind, row.asker, row.at, who, waits)


class Behind(Exception):
    """Requests stand in the log that nobody has looked at yet: nothing can be said of what waits."""


class Changed(NamedTuple):
    """A `checkpoint.Look` that found these new requests, and these cases about which somebody asked."""

    stored: int | None
    building: int | None
    upto: int
    reached: int
    requests: Sequence[str]
    cases: Sequence[str]


async def _changed(db: "Database", pos: int) -> Changed:
    row = await db.fetchrow(statement("changed_requests"), NAME, pos, PAGE)
    assert row is not None
    stored, building, upto, reached, requests, cases = row
    return Changed(stored, building, upto, reached, requests or (), cases or ())


class Requested:
    """Follows the log. `shown` tells how far it is."""

    def __init__(self, pool: "Pool[Record]", tide: Tide, cases: Streams[Case]) -> None:
        self.shown = Checkpoint(NAME)
        self._pool = pool
        self._tide = tide
        self._cases = cases

    async def run(self) -> None:
        """Follow for ever: a request that is passed over would wait unseen."""

        async def turn() -> None:
            await self.step()
            if not await self._tide.past(self.shown.pos, LOOK_EVERY):
                await self.step(keep=True)

        await take_turns(NAME, turn)

    async def step(self, *, keep: bool = False) -> bool:
        """Look at one batch; False when there was nothing new. `keep`: the checkpoint is moved all the same."""
        async with self._pool.acquire() as connection:
            found = await self.shown.read(connection, partial(_changed, connection))
            self._tide.rise(found.upto)
            if not found.requests and not found.cases:
                await self.shown.go_by(connection, found, keep=keep)
                return False
            async with connection.transaction():
                pos, _ = await self.shown.begin(connection)
                if pos != found.stored:
                    return True
                new = await requested(connection, found.requests)
                changed = await about(connection, found.cases)
                await self._refresh(connection, {row.stream: row for row in (*changed, *new)}.values())
                await self.shown.advance(connection, found.reached)
        self.shown.passed(found.reached)
        return True

    async def handed_in(self, case: str) -> datetime | None:
        """When papers about this case were handed in that have no answer, the first of them; None: none wait. Of all
        requests that are in the log by now, whichever process follows it. Raises Behind."""
        upto = await self._pool.fetchval("select pos from log_head")
        for _ in range(LOOKS):
            shown = self.shown.pos
            found = await self._pool.fetchrow(statement("papers_waiting"), NAME, upto, case)
            if found is not None and found["looked"]:
                return found["handed_in"]
            await self.shown.past(shown, LOOK_EVERY)
        raise Behind(case)

    async def _refresh(self, connection: "Connected", rows: Iterable[Waiting]) -> None:
        """Whoever superseded an answer opened the request again: it is the live chain that tells."""
        every = list(rows)
        if not every:
            return
        cases = await self._cases.load_many({row.about for row in every})
        looked = [astuple(looked_at(row, cases.get(row.about))) for row in every]
        await connection.execute(statement("put_waiting"), *map(list, zip(*looked, strict=True)))


async def about(db: "Database", cases: Sequence[str]) -> list[Waiting]:
    """Every request about these cases, the answered ones too, by case and time."""
    return [Waiting(**row) for row in await db.fetch(statement("waiting_about"), cases)]
