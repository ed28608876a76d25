"""A township's office on an empty database: all between an act and the law's clock, and a clock that can be set."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from contracts.catalogue import event_of
from contracts.envelope import read
from contracts.events import Event
from contracts.requests import Request
from services.casework.case import Case
from services.office.acting import Acts
from services.office.bodies import BODIES, Receive
from services.office.book_keeper import BookKeeper
from services.office.case_view import CaseRow, CaseView
from services.office.cases import Cases
from services.office.deadlines import Deadlines
from services.office.law_clock import LawClock
from services.office.notices.issuing import Notices
from services.office.papers.keeping import Papers
from services.office.receiving import Receiving
from services.office.recomputing import Recomputing
from services.office.serials import Serials
from services.office.waiting import Requested
from services.runtime.database import MIGRATIONS, connect, migrate
from services.runtime.host import PORTAL
from services.runtime.keys import make_unit_keys
from services.runtime.log import Log
from services.runtime.paper_store import PaperStore
from services.runtime.projector import Projector
from services.runtime.row import Draft
from services.runtime.statements import statement
from services.runtime.tide import Tide
from services.runtime.tokens import Actor
from services.runtime.vault import Vault
from tests.casework.dated import instant
from tests.casework.notices import published
from tests.office.story import CITY, LICENCE, TOWNSHIP, item_published, unit_opened
from tests.runtime.logs import FEED, rows, running

OFFICE_MIGRATIONS = Path("services/office/migrations")
CLERK = Actor("A01", TOWNSHIP, "market", frozenset({"clerk", "approver", "integrator"}))
ITEM = item_published(LICENCE)
KEYS = count(1)


class Hands:
    """The office's clock: set by the test, else it stands."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@dataclass(slots=True)
class Office:
    """`copies`: other processes of the same service on the same database."""

    log: Log
    hands: Hands
    keeper: BookKeeper
    vault: Vault
    cases: Cases
    acts: Acts
    notices: Notices
    store: PaperStore
    papers: Papers
    receiving: Receiving
    deadlines: Deadlines
    law: LawClock
    recomputing: Recomputing
    requested: Requested
    views: Projector[CaseRow]

    async def publish(self, stream: str, *events: Event) -> None:
        """Written by the city, and known here."""
        before = await self.log.pool.fetchrow(statement("log/stream_head"), stream)
        assert before is None
        written = rows(stream, events, unit=CITY, at=self.hands())
        await self._arrived(Draft(stream, None, CITY, written[0].command, None, None, written))

    async def amend(self, stream: str, first: Event, *events: Event) -> None:
        """More events of a stream whose first one is known."""
        found = await self.log.pool.fetch("select value from log where stream = $1 order by seq", stream)
        known = rows(stream, [first], unit=CITY, at=read(found[0]["value"]).time)
        assert known[0].hash
        written = rows(stream, events, known[-1], unit=CITY, at=self.hands(), key=f"{stream}:amend")
        await self._arrived(Draft(stream, known[-1].hash, CITY, written[0].command, None, None, written))

    async def _arrived(self, draft: Draft) -> None:
        """Here by the office's clock too, not only by the database's."""
        pos = (await self.log.append(draft)).last
        first = pos - len(draft.rows)
        await self.log.pool.execute("update log set kept = $3 where pos > $1 and pos <= $2", first, pos, self.hands())
        await self.seen()

    async def asked(self, id_: str, request: Request) -> None:
        """A request of the portal, made now, is here; nobody has looked at it yet."""
        written = rows(f"request/{id_}", [request], unit=PORTAL, at=self.hands())
        await self.log.append(Draft(f"request/{id_}", None, PORTAL, written[0].command, None, None, written))

    async def seen(self) -> None:
        """The book and the deadlines have all that the log has."""
        await self.keeper.caught_up()
        while await self.deadlines.step() or await self.views.step() or await self.requested.step():
            pass

    async def receive(self, **differs: Any) -> str:
        """An application; its number."""
        applicant = {"name": "name", "document_kind": "resident_id", "document_number": "1", "phone": "2"}
        body = Receive.model_validate({"item": LICENCE, "channel": "window", "applicant": applicant, **differs})
        done = await self.receiving.receive(CLERK, f"k{next(KEYS)}", b"m", body)
        await self.seen()
        return done.case.number

    async def act(self, number: str, name: str, **body: Any) -> Case:
        done = await self.acts.perform(name, number, CLERK, f"k{next(KEYS)}", None, BODIES[name].model_validate(body))
        await self.seen()
        return done.case

    async def tick(self, local: str) -> list[str]:
        """The hands are set to this instant in the office, and the clock looks; the types of what it wrote."""
        self.hands.at = instant(local)
        before = await self.log.pool.fetchval("select pos from log_head")
        await self.law.tick()
        await self.seen()
        found = await self.log.pool.fetch("select type from log where pos > $1 order by pos", before)
        return [row["type"].split(".")[2] for row in found]

    async def events(self, number: str) -> list[Event]:
        found = await self.log.pool.fetch("select type, value from log where stream = $1 order by seq", number)
        return [event_of(row["type"], read(row["value"]).data) for row in found]

    async def row(self, number: str) -> dict[str, Any] | None:
        found = await self.log.pool.fetchrow("select * from deadline where stream = $1", number)
        return dict(found) if found else None


@contextlib.asynccontextmanager
async def office(database: str, folder: Path, local: str, *, units: bool = True) -> AsyncIterator[Office]:
    """The office of a township at this instant. With `units` False, one more process on a database that has them."""
    keys = folder / "keys"
    unit_keys = make_unit_keys(keys, TOWNSHIP) if units else make_unit_keys(folder / "other", TOWNSHIP)
    async with await connect(database, size=10) as pool:
        async with pool.acquire() as connection:
            await migrate(connection, (MIGRATIONS, OFFICE_MIGRATIONS))
        tide, hands = Tide(), Hands(instant(local))
        log = Log(pool, tide)
        log.open()
        keeper = BookKeeper(pool, tide)
        vault = Vault({TOWNSHIP: unit_keys})
        cases = Cases(pool, log, keeper, vault, FEED, hands)
        deadlines = Deadlines(pool, tide, cases.commands, keeper, frozenset({TOWNSHIP}))
        requested = Requested(pool, tide, cases.commands)
        law = LawClock(pool, cases, keeper, deadlines, requested, FEED, hands)
        views = Projector(pool, tide, CaseView())
        receiving = Receiving(cases, pool, vault, Serials(log))
        store = PaperStore(str(folder / "papers"))
        papers = Papers(pool, cases, store)
        notices = Notices(pool, cases, papers, None)
        recomputing = Recomputing(pool, keeper, deadlines, law)
        made = Office(
            log,
            hands,
            keeper,
            vault,
            cases,
            Acts(pool, log, cases, notices),
            notices,
            store,
            papers,
            receiving,
            deadlines,
            law,
            recomputing,
            requested,
            views,
        )
        async with running(log):
            if units:
                await _seed(made)
            await made.seen()
            yield made


async def _seed(made: Office) -> None:
    now, made.hands.at = made.hands.at, made.hands.at - timedelta(days=400)
    for unit, tier, parent in ((CITY, "city", None), ("340402", "district", CITY), (TOWNSHIP, "township", "340402")):
        await made.publish(f"unit/{unit}", unit_opened(unit, tier, parent))
    await made.publish(f"item/{LICENCE}", ITEM)
    for year in (2025, 2026):
        await made.publish(f"calendar/{year}", published(year))
    made.hands.at = now
