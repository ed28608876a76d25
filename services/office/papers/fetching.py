"""Papers that the cases here name and that are not here yet: looked for in the tray, then at the offices before."""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from services.casework.case import Case
from services.office.cases import Cases
from services.office.papers.offices import Offices, Unreachable, size_of
from services.office.papers.tray import Tray
from services.office.papers.wanting import statement
from services.runtime.log import WRITING_AWAY
from services.runtime.paper_store import PaperAway, PaperStore
from services.runtime.sealing import CannotOpen
from services.runtime.turns import take_turns

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

AT_ONCE = 4
LEASE = 180.0
"""Seconds for which a paper is this process's to bring."""
AT_MOST = 150.0
"""Seconds for one try; what came until then is gone on from."""
LOOK_EVERY = 1.0
CLEAR_EVERY = 600.0
LONGEST = 300.0
"""Seconds between tries for a paper that nobody has."""

log = structlog.get_logger(__name__)


class PaperFetching:
    """Of one process of a tier service. `folder`: where what came of a paper lies, sealed, until it is whole."""

    def __init__(
        self,
        pool: "Pool[Record]",
        own: frozenset[str],
        cases: Cases,
        store: PaperStore,
        tray: Tray,
        offices: Offices,
        folder: Path,
    ) -> None:
        self._pool = pool
        self._own = own
        self._cases = cases
        self._store = store
        self._tray = tray
        self._offices = offices
        self._folder = folder

    async def run(self) -> None:
        """Bring what is due for ever; what an office does not give now is asked for again, ever more rarely."""
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)

        async def turn() -> None:
            if not await self.step():
                await asyncio.sleep(LOOK_EVERY)

        async def clear() -> None:
            if not await self._tray.clear():
                await asyncio.sleep(CLEAR_EVERY)

        async with asyncio.TaskGroup() as group:
            group.create_task(take_turns("papers", turn, WRITING_AWAY))
            group.create_task(take_turns("paper_tray", clear, WRITING_AWAY))

    async def step(self) -> bool:
        """Look for some that are due; False when none was."""
        rows = await self._pool.fetch(statement("papers_due"), AT_ONCE, LEASE)
        await asyncio.gather(*(self._look(row["stream"], row["digest"], row["tries"]) for row in rows))
        return bool(rows)

    async def _look(self, stream: str, digest: str, tries: int) -> None:
        partial = self._partial(stream, digest)
        before = await asyncio.to_thread(size_of, partial)
        try:
            async with asyncio.timeout(AT_MOST):
                why = await self._bring(stream, digest)
        except TimeoutError:
            why = "slow"
        if why is None:
            await asyncio.to_thread(partial.unlink, missing_ok=True)
            await self._pool.execute(statement("paper_here"), stream, digest)
            log.info("paper_here", case=stream, digest=digest, tries=tries)
            return
        more = await asyncio.to_thread(size_of, partial) > before
        wait = 0.0 if more else min(LONGEST, 2.0 ** min(tries, 10))
        await self._pool.execute(statement("paper_later"), stream, digest, wait, why)
        log.info("paper_waits", case=stream, digest=digest, tries=tries, why=why)

    async def _bring(self, stream: str, digest: str) -> str | None:
        """None when it is here, else a word why not."""
        key = await self._cases.key_here(stream)
        loaded = await self._cases.commands.load(stream)
        if key is None or loaded is None:
            return "key_missing"
        with contextlib.suppress(PaperAway, CannotOpen):
            await self._store.get(stream, key, digest)
            return None
        if (content := await self._tray.find(digest)) is not None:
            await self._store.put(stream, key, content)
            return None
        why = "nowhere"
        for address in self._before(loaded.state):
            try:
                if await self._from(address, stream, digest, key):
                    return None
            except Unreachable as error:
                log.info("office_unreachable", case=stream, address=address, why=str(error))
                why = "unreachable"
            except CannotOpen:
                log.warning("paper_spoilt", case=stream, digest=digest, address=address)
                why = "spoilt"
        return why

    async def _from(self, address: str, stream: str, digest: str, key: bytes) -> bool:
        """Whether that office had it, and it is here now. Raises Unreachable; CannotOpen for another thing than the
        paper of this digest, of which nothing is kept."""
        partial = self._partial(stream, digest)
        if not await self._offices.fetch(address, stream, digest, partial):
            return False
        try:
            await self._store.put_sealed(stream, key, digest, await asyncio.to_thread(partial.read_bytes))
        except CannotOpen:
            await asyncio.to_thread(partial.unlink, missing_ok=True)
            raise
        return True

    def _before(self, case: Case) -> Sequence[str]:
        """Addresses of the services of all that had the case, each once."""
        units = [*reversed(case.custodians), *sorted(case.known)]
        return list(dict.fromkeys(a for unit in units if unit not in self._own for a in self._offices.of_unit(unit)))

    def _partial(self, stream: str, digest: str) -> Path:
        return self._folder / f"{stream}.{digest}"
