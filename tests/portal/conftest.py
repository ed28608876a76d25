"""A portal as its composition root makes it, over a database of its own; the log is filled by hand, without Kafka."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from services.casework.book import Book
from services.office.book_keeper import BookKeeper
from services.office.case_fold import CaseFold
from services.office.case_view import CaseView
from services.office.deadlines import Deadlines
from services.office.service import OFFICE_MIGRATIONS
from services.office.supervision_view import SupervisionView
from services.portal.application import create
from services.portal.asking import Asking
from services.portal.boards import Boards
from services.portal.live import Live
from services.portal.parts import Parts
from services.portal.service import PORTAL_MIGRATIONS
from services.portal.tracking import Tracking
from services.runtime.database import MIGRATIONS, connect, migrate
from services.runtime.http.server import Server
from services.runtime.log import Log
from services.runtime.metrics import Metrics
from services.runtime.projector import Projector
from services.runtime.streams import Streams
from services.runtime.tide import Tide
from services.runtime.tracking import Cost
from tests.portal.histories import History, append, publish

CHEAP = Cost(64, 1, 1)
FEED = "portal.events"
NOTICE = "收件日志：J.C.A.M. Buijs，doi:10.4121/uuid:a07386a5-7be3-4367-9535-70bc9e77dbe6；三级划分为本系统所设。"


class Hands:
    """The portal's clock: the wall's, until it is set."""

    def __init__(self) -> None:
        self.at: datetime | None = None

    def __call__(self) -> datetime:
        return self.at or datetime.now(UTC)


@dataclass
class Portal:
    """`log` stands for the replica: what is appended to it is what the portal copied."""

    log: Log
    parts: Parts
    projector: Projector
    ordered: Projector
    deadlines: Deadlines
    keeper: BookKeeper
    app: FastAPI
    server: Server
    clock: "Hands"
    book: Book = field(default_factory=Book)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    async def add(self, *histories: History) -> None:
        """Append what is new of these, and wait until the board shows it."""
        await append(self.log, histories)
        await self.shown()

    async def shown(self) -> None:
        pos = self.log.tide.pos
        assert await self.projector.shown.reach(pos, 60)
        assert await self.ordered.shown.reach(pos, 60)
        assert await self.deadlines.shown.reach(pos, 60)
        assert await self.keeper.known.reach(pos, 60)


async def _not_waiting() -> dict[str, object]:
    return {"ready": True, "waits_for": []}


@contextlib.asynccontextmanager
async def running_portal(database: str) -> AsyncIterator[Portal]:
    """The portal on this database, its loops running and listening on a free port."""
    pool = await connect(database)
    with ThreadPoolExecutor(2) as executor:
        async with pool.acquire() as connection:
            await migrate(connection, (MIGRATIONS, OFFICE_MIGRATIONS, PORTAL_MIGRATIONS))
        tide = Tide()
        log = Log(pool, tide)
        log.open()
        keeper = BookKeeper(pool, tide)
        projector = Projector(pool, tide, CaseView())
        cases = Streams(pool, CaseFold())
        deadlines = Deadlines(pool, tide, cases, keeper, frozenset())
        ordered = Projector(pool, tide, SupervisionView())
        boards = Boards(pool, keeper, projector.shown, deadlines.shown, ordered.shown)
        live = Live(pool, projector.shown)
        clock = Hands()
        asking = Asking(log, cases, FEED, clock)
        parts = Parts(pool, boards, live, Tracking(pool, keeper, executor, CHEAP, clock), asking, NOTICE)
        app = create(parts, Metrics("portal"), _not_waiting, "0")
        server = Server(app, "127.0.0.1", 0, 5)
        loops = [log.run, keeper.run, projector.run, ordered.run, deadlines.run, live.run, server.serve]
        tasks = [asyncio.create_task(loop()) for loop in loops]
        await server.started()
        portal = Portal(log, parts, projector, ordered, deadlines, keeper, app, server, clock)
        try:
            yield portal
        finally:
            live.close()
            await server.end()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await pool.close()


@pytest.fixture
async def portal(database: str) -> AsyncIterator[Portal]:
    """Empty but for the units and items."""
    async with running_portal(database) as portal:
        portal.book = await publish(portal.log)
        await portal.shown()
        yield portal


@pytest.fixture
async def http(portal: Portal) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=portal.address, timeout=20) as client:
        yield client
